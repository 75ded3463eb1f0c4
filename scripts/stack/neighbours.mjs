/**
 * @typedef {object} Neighbours
 * @property {Omit<import('../../homeserver-config/homeserver.mjs').Federation, 'port' | 'partners'>} tls
 * @property {readonly Neighbour[]} servers
 * @property {number} [listenPort] where our homeserver listens for them, if a gateway has the port in its name
 */

/**
 * @typedef {object} Neighbour another organisation's homeserver
 * @property {string} serverName
 * @property {string} federationUrl
 * @property {'partner' | 'extern'} class
 * @property {readonly string[]} [scribes] user ids of its scribes
 * @property {readonly { service: string, sfu: string, homeserver: string }[]} transports SFUs beside ours that its people may publish on
 */

/**
 * What the homeserver must know of them.
 * @param {Neighbours} neighbours @param {number} port
 * @returns {import('../../homeserver-config/homeserver.mjs').Federation}
 */
export const federationWith = ({ tls, servers, listenPort }, port) => ({
  ...tls,
  port: listenPort ?? port,
  partners: servers.map(({ serverName }) => serverName),
});

/** What the domain policy says of them. @param {Neighbours | undefined} neighbours */
export const policyServers = (neighbours) =>
  (neighbours?.servers ?? []).map((server) => ({
    match: server.serverName,
    class: server.class,
    transports: server.transports,
    ...(server.scribes === undefined ? {} : { scribes: server.scribes }),
  }));
