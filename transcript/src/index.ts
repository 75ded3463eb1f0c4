/** Transcripts as people read them: the page, its parts, and how results stand in a room. */
export * from './documents/index.ts';
export * from './page/format.ts';
export { correctors, entriesOf } from './page/entries.ts';
export { Films } from './page/Films.tsx';
export { Gaps } from './page/Gaps.tsx';
export { onMoment, showMoment } from './page/moments.ts';
export { NotKept } from './page/NotKept.tsx';
export { PlainText } from './page/PlainText.tsx';
export { Player } from './page/Player.tsx';
export { Reader } from './page/Reader.tsx';
export { RecordingPlayer } from './page/RecordingPlayer.tsx';
export { SpeakerName } from './page/SpeakerName.tsx';
export * from './page/surroundings.ts';
export { useCorrections } from './page/use-corrections.ts';
export { localeFor, useLocale } from './page/use-locale.ts';
export { useOrigin } from './page/use-origin.ts';
export { useParticipants } from './page/use-participants.ts';
export { useTranscript, type ShownTranscript } from './page/use-transcript.ts';
