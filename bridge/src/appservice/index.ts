export { createDeleteMedia, type DeleteMedia } from './media.ts';
export { pingHomeserver, registerBot } from './bots.ts';
export { createInbox } from './inbox.ts';
export type { Inbox, RoomEventHandler } from './inbox.ts';
export {
  createMatrixClient,
  isOutOfSight,
  isRefusal,
  isRefusalStatus,
  MatrixError,
  matrixPath,
  MatrixUnreachable,
  readCa,
  statePath,
} from './matrix-client.ts';
export type { MatrixClient, MatrixRequest } from './matrix-client.ts';
export { appserviceMigrations } from './migrations.ts';
export { roomEventSchema } from './room-event.ts';
export type { RoomEvent } from './room-event.ts';
export { createAppserviceRoutes, requireHomeserver } from './routes.ts';
