import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

import { Refusal } from '../refusal.mjs';

/** What each port is for, in the order of the fixed numbers. */
export const PORT_NAMES = /** @type {const} */ ([
  'messenger',
  'widget',
  'api',
  'synapse',
  'livekit',
  'livekitTcp',
  'livekitUdp',
  'prometheus',
  'postgres',
  'speech',
  'internal',
  'federation',
]);
/** Number of the first port of a single Palabre; organisations that federate with each other take blocks of their own. */
export const FIRST_PORT = 8600;

/** @typedef {Record<(typeof PORT_NAMES)[number], number>} Ports */

/** @param {number} first @returns {Ports} */
const block = (first) =>
  /** @type {Ports} */ (Object.fromEntries(PORT_NAMES.map((name, index) => [name, first + index])));

/** @param {number} port @param {string} host @returns {Promise<boolean>} */
const tcpFree = (port, host) =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      // No IPv6 on this machine: nobody can hold the port there either.
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(true);
      else reject(error);
    });
    server.listen({ port, host, ipv6Only: host.includes(':') }, () => server.close(() => resolve(true)));
  });

/** @param {number} port @returns {Promise<boolean>} */
const udpFree = (port) =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind(port, '0.0.0.0', () => socket.close(() => resolve(true)));
  });

/** Browsers try ::1 before 127.0.0.1 for `localhost`, so a stranger there would answer in our place. @param {number} port */
const portFree = async (port) =>
  (await tcpFree(port, '0.0.0.0')) && (await tcpFree(port, '::1')) && (await udpFree(port));

/** The ports below those that the system hands to outgoing connections, which could otherwise take ours during a restart. */
function quietRange() {
  const file = '/proc/sys/net/ipv4/ip_local_port_range';
  const lowest = existsSync(file) ? Number(readFileSync(file, 'utf8').trim().split(/\s+/)[0]) : 32_768;
  return { from: 10_000, to: Number.isInteger(lowest) && lowest > 12_000 ? lowest : 32_768 };
}

/** What this process chose before: free until whoever they are for has started. @type {Set<number>} */
const given = new Set();

/** @returns {Promise<Ports>} free ports that keep their numbers for the life of a stack */
async function anyPorts() {
  const { from, to } = quietRange();
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = from + Math.floor(Math.random() * (to - from - PORT_NAMES.length));
    const ports = block(first);
    const numbers = Object.values(ports);
    if (numbers.some((port) => given.has(port))) continue;
    const free = await Promise.all(numbers.map(portFree));
    if (!free.every(Boolean)) continue;
    for (const port of numbers) given.add(port);
    return ports;
  }
  throw new Refusal(`No ${PORT_NAMES.length} free ports in a row were found between ${from} and ${to}.`);
}

/** @param {number} first @returns {Promise<Ports>} */
async function fixedPorts(first) {
  const ports = block(first);
  for (const port of Object.values(ports)) {
    if (!(await portFree(port))) {
      throw new Refusal(
        `Port ${port} is already in use, perhaps by another Palabre: stop that program (\`ss -lntup 'sport = :${port}'\` shows which) and start again.`,
      );
    }
  }
  return ports;
}

/** @param {number | 'any'} first number of the first port, or free ones */
export const choosePorts = (first) => (first === 'any' ? anyPorts() : fixedPorts(first));
