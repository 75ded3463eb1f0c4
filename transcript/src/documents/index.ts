/** Results in a room, as they are read: blocks, files, corrections; no interface. */
export * from './attachment.ts';
export * from './block.ts';
export * from './captions.ts';
export * from './corrected-captions.ts';
export * from './correction.ts';
export { cuesIn, type Cue } from './cues.ts';
export * from './decrypt.ts';
export * from './deletions.ts';
export * from './films.ts';
export * from './judging.ts';
export * from './kept-recordings.ts';
export * from './moderators.ts';
export * from './siblings.ts';
export * from './thread.ts';
