export const en = {
  title: 'Earlier meetings',
  back: 'Back to the meetings',
  loading: 'Looking for meetings…',
  refused:
    'Your messenger did not let the call read the messages of this room, so earlier meetings cannot be shown here.',
  noBots: 'Nobody tells this call whose results of meetings may be believed, so earlier meetings cannot be shown here.',
  failed: 'The meetings could not be loaded. Check your connection and try again.',
  none: 'No meeting of this room with a transcript or a recording is known here yet.',
  loadedOnly:
    'Older meetings could not be looked for: shown are those among the messages that your messenger has loaded. For older ones, scroll up in the room.',
  more: 'Show earlier meetings',
  moreFailed: 'Earlier meetings could not be loaded. Check your connection and try again.',
  all: 'These are all the meetings you can read about here.',
  noFiles:
    'Your messenger hands no files to the call: recordings cannot be played here, and you read the text that is in the messages.',
  participants_one: '{{count}} participant: {{names}}',
  participants_other: '{{count}} participants: {{names}}',
  running: 'in progress',
  lasted: 'lasted {{duration}}',
  transcript: 'Transcript',
  recording: 'Recording',
  minutes: 'Minutes',
  nothing: 'Nothing was kept of this meeting.',
  unread: 'What there is of this meeting could not be loaded.',
  parts: 'Part of the meeting',
  noTranscript: 'There is no transcript of this meeting.',
  incomplete: 'This meeting has more messages than could be loaded: corrections may be missing here.',
};
export type ResultsWords = typeof en;
