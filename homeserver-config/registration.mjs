/**
 * Registration of Palabre as an application service. What is absent matters as much as what is there: with `receive_ephemeral`,
 * `push_ephemeral`, MSC3202 or MSC4190 switched on, the scribe's media keys would go to transactions instead of its `/sync`, and
 * be lost whenever a transaction is retried.
 */

/**
 * @typedef {object} RegistrationValues
 * @property {string} serverName
 * @property {string} url where the homeserver finds the bridge's internal listener, without trailing slash
 * @property {string} asToken
 * @property {string} hsToken
 */

/** @param {string} text */
const escapeRegex = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The users that only Palabre may be; its sender, the watcher, is implied. @param {string} serverName */
export const exclusiveUsers = (serverName) => `^@palabre-(scribe|guest-[a-z0-9]+):${escapeRegex(serverName)}$`;

/** @param {RegistrationValues} values @returns {Record<string, unknown>} content of the registration file */
export function registration({ serverName, url, asToken, hsToken }) {
  return {
    id: 'palabre',
    url,
    as_token: asToken,
    hs_token: hsToken,
    sender_localpart: 'palabre',
    rate_limited: false,
    namespaces: {
      users: [{ exclusive: true, regex: exclusiveUsers(serverName) }],
      aliases: [],
      rooms: [],
    },
    // MSC4502: ask of any room whether somebody is joined, without being there.
    'io.element.msc4502.scopes': ['urn:matrix:client:io.element.msc4502:rooms:is_joined'],
    // MSC4512: the homeserver forwards these paths of its logged-in users, and of other homeservers. Only the unstable names work.
    'io.element.msc4512.proxy_prefix': 'rtc/livekit',
    'io.element.msc4512.proxy_url': url,
  };
}
