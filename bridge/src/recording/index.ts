/** Recording: sealed chunks on disk while the meeting runs, one file when it is over. */
export { createAdmission, thisMachine, type Admission, type AdmissionRules } from './admission.ts';
export { createChunkWriter, type ChunkWriter } from './chunk-file.ts';
export { filmTimeOf, type FilmTime, type RecordedSpan } from './film-time.ts';
export { createMixdown, MIX_SAMPLE_RATE } from './mixdown.ts';
export { RemuxFailed } from './ffmpeg.ts';
export type { Poster } from './film.ts';
export { createRemuxer, mostInMemory, type Remuxer, type StoredSegment, type StoredStream } from './remux.ts';
export { folderPrefix, NoRoomToFinish, workMemoryBytes } from './work-folder.ts';
