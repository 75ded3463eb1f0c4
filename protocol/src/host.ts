import * as z from 'zod/mini';

/** The dialect between a messenger (host) and the call widget: Element Call's, so that either side can be exchanged. */

/** Custom widget actions of Element Call (reference/matrixrtc.md 6.2). */
export const HOST_ACTIONS = {
  join: 'io.element.join',
  hangup: 'im.vector.hangup',
  close: 'io.element.close',
  deviceMute: 'io.element.device_mute',
} as const;

/**
 * Ours, in encrypted calls: the widget asks which devices their owners have confirmed (cross-signed), which only the host can
 * know, and the host tells again, under the same name, when that changes. Hosts that do not know it answer with an error.
 */
export const DEVICE_TRUST_ACTION = 'app.palabre.device_trust';
/** The error of a host that knows the question, and could not answer it this time. */
export const DEVICE_TRUST_FAILURE = 'The devices could not be looked at';
/** How many devices one question may be about. */
export const MOST_TRUST_DEVICES = 1000;
const device = { user_id: z.string(), device_id: z.string() };
export const deviceTrustQuestionSchema = z.object({
  devices: z.array(z.object(device)).check(z.maxLength(MOST_TRUST_DEVICES)),
});
export const deviceTrustSchema = z.object({ devices: z.array(z.object({ ...device, signed: z.boolean() })) });
export type DeviceTrustQuestion = z.infer<typeof deviceTrustQuestionSchema>;
export type DeviceTrustAnswer = z.infer<typeof deviceTrustSchema>;

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
