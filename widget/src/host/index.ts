export { createHost, parseTransports } from './host.ts';
export type { Host, HostRequests, HomeserverToken, LivekitTransport, MuteState, ToDeviceMessage } from './host.ts';
export { parseParameters, THEMES } from './parameters.ts';
export type { NotificationKind, Parameters, Theme } from './parameters.ts';
export { roomEventSchema } from './room-state.ts';
export type { RoomChange, RoomEvent, RoomMember, RoomState } from './room-state.ts';
export type { Timeline } from './timeline.ts';
export { asMatrixError, describeHostError, isRefusal } from './matrix-errors.ts';
