export { createBlobs } from './blobs.ts';
export type { Blobs } from './blobs.ts';
export { createDatabase } from './database.ts';
export type { Database, Migrations } from './database.ts';
