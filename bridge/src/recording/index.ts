/** Recording: sealed chunks on disk while the meeting runs, one MP4 when it is over. */
export { createChunkWriter, readChunks, type ChunkWriter } from './chunk-file.ts';
export { createMixdown, MIX_SAMPLE_RATE, type Mixdown } from './mixdown.ts';
export { RemuxFailed } from './ffmpeg.ts';
export { createRemuxer, type Remuxer, type StoredSegment, type StoredStream } from './remux.ts';
export { NoRoomToFinish } from './work-folder.ts';
