export { createDatabase } from './database.ts';
export type { Database, Migrations } from './database.ts';
