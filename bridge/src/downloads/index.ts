/** What is too large for the homeserver: kept in storage, sealed, for those who may read the message about it. */
export { createDownloads, type Downloads } from './downloads.ts';
export { downloadsMigrations } from './migrations.ts';
export { createDownloadRoutes } from './routes.ts';
export { openKept } from './open-kept.ts';
