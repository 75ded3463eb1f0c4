/**
 * The event names that matrix-js-sdk's MatrixRTC session takes from its large modules (see `vite.config.ts`). Values are the
 * SDK's own, so that either form works.
 */
export const ClientEvent = { ToDeviceEvent: 'toDeviceEvent' } as const;
export const RoomStateEvent = { Events: 'RoomState.events', Members: 'RoomState.members' } as const;
export const RoomStickyEventsEvent = { Update: 'RoomStickyEvents.Update' } as const;
export const EventTimeline = { FORWARDS: 'f', BACKWARDS: 'b' } as const;
/** A user id: `@localpart:server`, as far as the SDK checks it. */
export const MXID_PATTERN = /^@.+:.+$/;
