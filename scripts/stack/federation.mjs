/** Three organisations on one machine that federate: two with everything, one with a homeserver only. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { loadAuthority } from './authority.mjs';
import { startStack } from './index.mjs';
import { startOutpost } from './outpost.mjs';
import { choosePorts } from './ports.mjs';

/** Folders of the organisations in the data folder. */
export const ORGANISATIONS = /** @type {const} */ (['ministry', 'agency', 'town']);

/** First ports when they are fixed: apart from a single Palabre's, so that both can run. */
const FIRST_PORTS = { ministry: 8620, agency: 8640, town: 8660 };

/**
 * @typedef {object} BorderPlace where an organisation's gateway stands
 * @property {(typeof ORGANISATIONS)[number]} organisation
 * @property {number} port in the server name
 * @property {number} behind where the homeserver listens
 * @property {import('./neighbours.mjs').Neighbours['tls']} tls
 */

/** @typedef {Awaited<ReturnType<typeof startFederation>>} Federation */

/**
 * Starts all three and waits until they answer. Server names are `localhost:PORT`, so they change with the ports: a data folder
 * belongs to one choice of ports.
 * @param {object} options
 * @param {string} options.dataDir
 * @param {'fixed' | 'any'} [options.ports]
 * @param {boolean | import('./index.mjs').SpeechPlace} [options.speech] one speech server serves both scribes
 * @param {boolean} [options.quietRateLimits]
 * @param {Record<string, unknown>} [options.consent] of both bridges
 * @param {(place: BorderPlace) => Promise<{ close(): Promise<void> }>} [options.border] puts a gateway in front of each homeserver
 * @param {(text: string) => void} [options.onProgress]
 */
export async function startFederation({
  dataDir: dir,
  ports: portKind = 'any',
  speech = true,
  quietRateLimits = false,
  consent,
  border,
  onProgress = () => undefined,
}) {
  const dataDir = resolve(dir);
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const tls = loadAuthority(dataDir);
  /** @param {keyof typeof FIRST_PORTS} name */
  const place = async (name) => {
    const ports = await choosePorts(portKind === 'fixed' ? FIRST_PORTS[name] : 'any');
    const api = `http://localhost:${ports.api}`;
    const serverName = `localhost:${ports.federation}`;
    const behind = border === undefined ? undefined : (await choosePorts('any')).federation;
    return {
      ports,
      listen: behind === undefined ? {} : { listenPort: behind },
      serverName,
      federationUrl: `https://${serverName}`,
      transport: {
        service: `${api}/livekit/jwt`,
        sfu: `${api.replace(/^http/, 'ws')}/livekit/sfu`,
        homeserver: serverName,
      },
    };
  };
  const ministry = await place('ministry');
  const agency = await place('agency');
  const town = await place('town');

  /**
   * @typedef {typeof ministry} Place
   * @param {Place} server @param {Place['transport'][]} transports
   * @returns {import('./neighbours.mjs').Neighbour}
   */
  const neighbour = ({ serverName, federationUrl }, transports) => ({
    serverName,
    federationUrl,
    class: 'partner',
    transports,
    // The town has no bridge.
    scribes: serverName === town.serverName ? [] : [`@palabre-scribe:${serverName}`],
  });
  const shared = { quietRateLimits, onProgress, ...(consent === undefined ? {} : { consent }) };
  /** @type {{ close(): Promise<void> }[]} */
  const running = [];
  const close = async () => {
    /** @type {unknown[]} */
    const failures = [];
    for (const one of running.splice(0).reverse()) await one.close().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  /** @template {{ close(): Promise<void> }} T @param {Promise<T>} starting @returns {Promise<T>} */
  const keep = async (starting) => {
    const started = await starting;
    running.push(started);
    return started;
  };
  try {
    for (const [organisation, { ports, listen }] of /** @type {const} */ ([
      ['ministry', ministry],
      ['agency', agency],
      ['town', town],
    ])) {
      if (border === undefined || listen.listenPort === undefined) continue;
      await keep(border({ organisation, port: ports.federation, behind: listen.listenPort, tls }));
    }
    const first = await keep(
      startStack({
        ...shared,
        dataDir: join(dataDir, 'ministry'),
        ports: ministry.ports,
        serverName: ministry.serverName,
        speech,
        neighbours: {
          ...ministry.listen,
          tls,
          servers: [neighbour(agency, [agency.transport]), neighbour(town, [])],
        },
      }),
    );
    const speechPlace = /** @type {{ speech?: import('./index.mjs').SpeechPlace[] }} */ (first.config).speech?.[0];
    const outcomes = await Promise.allSettled([
      keep(
        startStack({
          ...shared,
          dataDir: join(dataDir, 'agency'),
          ports: agency.ports,
          serverName: agency.serverName,
          speech:
            speechPlace === undefined
              ? false
              : { baseUrl: speechPlace.baseUrl, apiKey: speechPlace.apiKey, operator: speechPlace.operator },
          neighbours: {
            ...agency.listen,
            tls,
            servers: [neighbour(ministry, [ministry.transport]), neighbour(town, [ministry.transport])],
          },
        }),
      ),
      keep(
        startOutpost({
          ...shared,
          dataDir: join(dataDir, 'town'),
          ports: town.ports,
          serverName: town.serverName,
          neighbours: {
            ...town.listen,
            tls,
            servers: [neighbour(ministry, [ministry.transport]), neighbour(agency, [agency.transport])],
          },
          transports: [ministry.transport],
          host: ministry.serverName,
        }),
      ),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    const [second, third] = outcomes;
    if (second.status === 'rejected' || third.status === 'rejected') throw new Error('unreachable');
    return { ministry: first, agency: second.value, town: third.value, close };
  } catch (error) {
    await close();
    throw error;
  }
}
