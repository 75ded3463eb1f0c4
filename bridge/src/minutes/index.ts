/** Minutes between the end of a meeting and the room: made by a model, looked at by moderators where the room wants it. */
export type { MinutesRequest, PublishMinutes } from './deps.ts';
export { createMinutes, type Minutes } from './minutes.ts';
export { createMinutesRoutes } from './routes.ts';
export { minutesMigrations } from './tables.ts';
