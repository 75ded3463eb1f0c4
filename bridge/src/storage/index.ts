export { createDatabase, isDatabaseAway, openDatabase } from './database.ts';
export type { Database, Migrations } from './database.ts';
export { FileAbsent, type ByteRange, type Files } from './files.ts';
export { createFolderFiles } from './folder-files.ts';
export { createS3Files, type S3Place } from './s3-files.ts';
