export { createDatabase, openDatabase } from './database.ts';
export type { Database, Migrations } from './database.ts';
