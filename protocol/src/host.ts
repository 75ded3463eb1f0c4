/** The dialect between a messenger (host) and the call widget: Element Call's, so that either side can be exchanged. */

/** Custom widget actions of Element Call (reference/matrixrtc.md 6.2). */
export const HOST_ACTIONS = {
  join: 'io.element.join',
  hangup: 'im.vector.hangup',
  close: 'io.element.close',
  deviceMute: 'io.element.device_mute',
} as const;

/** Parameters the host puts in the fragment of the widget's address: `#?roomId=…` (never the query: that would be logged). */
export const HOST_PARAMETERS = [
  'widgetId',
  'parentUrl',
  'userId',
  'deviceId',
  'roomId',
  'baseUrl',
  'intent',
  'skipLobby',
  'perParticipantE2EE',
  'lang',
  'theme',
  'fontScale',
  'confineToRoom',
  'returnToLobby',
] as const;
export type HostParameter = (typeof HOST_PARAMETERS)[number];
