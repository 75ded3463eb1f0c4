/**
 * How much one person may ask of the homeserver. Synapse's own defaults stop ordinary meetings: five invitations in a row, five
 * restarts of a delayed leave, or ten messages followed by a call (the homeserver door spends the message budget).
 */

/** @param {number} perSecond @param {number} burst */
const rate = (perSecond, burst) => ({ per_second: perSecond, burst_count: burst });

/** For people: a meeting of fifty goes through, a script that loops does not. */
export const productionRateLimits = {
  rc_message: rate(0.5, 30),
  rc_login: { address: rate(0.2, 20), account: rate(0.2, 10), failed_attempts: rate(0.17, 5) },
  rc_registration: rate(0.1, 5),
  rc_joins: { local: rate(0.5, 20), remote: rate(0.1, 10) },
  rc_joins_per_room: rate(5, 50),
  rc_invites: { per_room: rate(0.5, 50), per_user: rate(0.1, 20), per_issuer: rate(0.5, 50) },
  rc_room_creation: rate(0.05, 10),
  rc_media_create: rate(2, 20),
  rc_key_requests: rate(5, 50),
  // Restarts of a delayed leave carry no token, so Synapse counts them by client address: an office behind one address, or all
  // browsers of a machine, share this. Each participant restarts about every 5 s.
  rc_delayed_event_mgmt: rate(10, 100),
};

const open = rate(10_000, 10_000);

/** For tests and benchmarks, which do in a minute what people do in a day. */
export const openRateLimits = {
  rc_message: open,
  rc_login: { address: open, account: open, failed_attempts: open },
  rc_registration: open,
  rc_admin_redaction: open,
  rc_joins: { local: open, remote: open },
  rc_joins_per_room: open,
  rc_invites: { per_room: open, per_user: open, per_issuer: open },
  rc_room_creation: open,
  rc_media_create: open,
  rc_key_requests: open,
  rc_delayed_event_mgmt: open,
};
