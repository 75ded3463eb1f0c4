/** From the sound of one participant's own track to a transcript with exact speakers and times. */
export { gapsWithin, paragraphsOf, type AbsoluteGap, type Paragraph } from './assembly.ts';
export { enginesOf, sharedMicrophones } from './attribution.ts';
export { documentOf } from './document.ts';
export { createCaptioner, type Captioner, type CaptionRequest, type CaptionText } from './captioner.ts';
export { createEngines } from './engines/index.ts';
export { oneLine, type Line, type NamedLine } from './lines.ts';
export { shortName } from './names.ts';
export {
  createTranscriptionStore,
  transcriptionMigrations,
  type Sealer,
  type TimeSpan,
  type TranscriptionStore,
  type TranscriptionTables,
} from './store.ts';
export { createTrackClock } from './track-clock.ts';
export { createTranscriber, type Transcriber } from './transcriber.ts';
export { createUtteranceCutter, FRAME_MS, UTTERANCE_SAMPLE_RATE, type CutUtterance } from './utterances.ts';
export { webVttOf } from './webvtt.ts';
