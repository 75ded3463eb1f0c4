/** From the sound of one participant's own track to a transcript with exact speakers and times. */
export { clockTime, gapsWithin, inOrder, paragraphsOf, type AbsoluteGap, type Paragraph } from './assembly.ts';
export { oneLine, type Line, type NamedLine } from './lines.ts';
export { createSpeechEngine, type SpeechEndpoint, type SpeechEngine } from './speech.ts';
export {
  createTranscriptionStore,
  transcriptionMigrations,
  type PendingUtterance,
  type Sealer,
  type TimeSpan,
  type TranscriptionStore,
  type TranscriptionTables,
} from './store.ts';
export { createTrackClock, type TrackClock } from './track-clock.ts';
export { createTranscriber, type Transcriber } from './transcriber.ts';
export {
  createUtteranceCutter,
  FRAME_MS,
  FRAME_SAMPLES,
  UTTERANCE_SAMPLE_RATE,
  type CutUtterance,
  type UtteranceCutter,
} from './utterances.ts';
export { webVttOf } from './webvtt.ts';
