/** People and rooms that exist from the first start on, so that there is something to try. */
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ask, HomeserverError, signIn } from './stack/accounts.mjs';
import { writePrivate } from './stack/secrets.mjs';

const PEOPLE = /** @type {const} */ ([
  { name: 'alice', displayName: 'Alice Martin' },
  { name: 'bob', displayName: 'Bob Keller' },
  { name: 'chloe', displayName: 'Chloé Dupont' },
]);

/** @typedef {{ passwords: Record<string, string>, rooms: Record<string, string> }} Demo */
/** @typedef {import('./stack/accounts.mjs').Account} Account */
/** @typedef {import('./stack/index.mjs').Stack} Stack */
/** @typedef {Pick<Stack, 'serverName' | 'registerUser'> & { internal: { synapse: string } }} Home an organisation, with or without a bridge */

const CALL_MEMBER = 'org.matrix.msc3401.call.member';
/** A room made with an `events` map of its own gets none of the defaults, so they are named here too. */
const EVENT_LEVELS = {
  'm.room.name': 50,
  'm.room.avatar': 50,
  'm.room.canonical_alias': 50,
  'm.room.topic': 50,
  'm.room.power_levels': 100,
  'm.room.history_visibility': 100,
  'm.room.encryption': 100,
  'm.room.server_acl': 100,
  'm.room.tombstone': 150,
  [CALL_MEMBER]: 0,
};

/** No letters or digits that look alike. */
function password() {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const group = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('');
  return `${group()}-${group()}-${group()}`;
}

/** @param {string} path @returns {Demo} */
function load(path) {
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  return { passwords: Object.fromEntries(PEOPLE.map(({ name }) => [name, password()])), rooms: {} };
}

/** @param {Home} stack @param {string} name @param {string} displayName @param {string} secret @returns {Promise<Account>} */
async function account(stack, name, displayName, secret) {
  try {
    return await stack.registerUser(name, secret, { displayName });
  } catch (error) {
    // The first start was interrupted after this account was made.
    if (error instanceof HomeserverError && error.errcode === 'M_USER_IN_USE')
      return signIn(stack.internal.synapse, name, secret);
    throw error;
  }
}

/**
 * @param {Home} home
 * @param {{ alice: Account, guests: (Account & { home?: Home })[] }} people a guest without a home of their own is of this one
 * @param {{ name: string, topic: string, encrypted: boolean }} room
 */
async function makeRoom(home, { alice, guests }, { name, topic, encrypted }) {
  const homeserver = home.internal.synapse;
  const { room_id: roomId } = await ask(homeserver, 'POST', '/_matrix/client/v3/createRoom', {
    token: alice.accessToken,
    body: {
      preset: 'private_chat',
      name,
      topic,
      // The watcher comes by invitation like everybody else; it joins by itself.
      invite: [...guests.map(({ userId }) => userId), `@palabre:${home.serverName}`],
      power_level_content_override: { events: EVENT_LEVELS },
      initial_state: encrypted
        ? [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }]
        : [],
    },
  });
  const path = `/_matrix/client/v3/join/${encodeURIComponent(String(roomId))}?via=${encodeURIComponent(home.serverName)}`;
  for (const { accessToken: token, home: own = home } of guests) {
    await patiently(() => ask(own.internal.synapse, 'POST', path, { token, body: {} }));
  }
  return String(roomId);
}

/** An invitation takes a moment to another homeserver. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function patiently(work) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HomeserverError) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/**
 * Makes what is missing of them; asks the homeserver nothing when all are there.
 * @param {Stack} stack @param {string} dataDir
 * @returns {Promise<{ people: { name: string, password: string }[] }>}
 */
export async function prepareDemo(stack, dataDir) {
  const path = join(dataDir, 'demo.json');
  const demo = load(path);
  const remember = () => writePrivate(path, `${JSON.stringify(demo, null, 2)}\n`);
  const rooms = [
    { name: 'Budget 2027', topic: 'Figures for next year', encrypted: false },
    { name: 'Staff council', topic: 'End-to-end encrypted', encrypted: true },
  ];
  if (rooms.some(({ name }) => demo.rooms[name] === undefined)) {
    remember();
    const accounts = await Promise.all(
      PEOPLE.map(({ name, displayName }) => account(stack, name, displayName, demo.passwords[name] ?? '')),
    );
    const [alice, ...guests] = /** @type {[Account, ...Account[]]} */ (accounts);
    for (const room of rooms) {
      if (demo.rooms[room.name] !== undefined) continue;
      demo.rooms[room.name] = await makeRoom(stack, { alice, guests }, room);
      remember();
    }
    // A device without keys would stand in everybody's list for ever.
    for (const { accessToken } of accounts)
      await ask(stack.internal.synapse, 'POST', '/_matrix/client/v3/logout', { token: accessToken, body: {} });
  }
  return { people: PEOPLE.map(({ name }) => ({ name, password: demo.passwords[name] ?? '' })) };
}

/**
 * The same for three organisations: one person each, and a room of all three.
 * @param {import('./stack/federation.mjs').Federation} federation @param {string} dataDir
 */
export async function prepareFederationDemo(federation, dataDir) {
  const path = join(dataDir, 'demo.json');
  const demo = load(path);
  const organisations = [federation.ministry, federation.agency, federation.town];
  const room = { name: 'Joint project', topic: 'Three organisations, two SFUs', encrypted: false };
  if (demo.rooms[room.name] === undefined) {
    const remember = () => writePrivate(path, `${JSON.stringify(demo, null, 2)}\n`);
    remember();
    const accounts = await Promise.all(
      PEOPLE.map(async ({ name, displayName }, index) => {
        const home = /** @type {Home} */ (organisations[index]);
        return { home, ...(await account(home, name, displayName, demo.passwords[name] ?? '')) };
      }),
    );
    const [alice, ...guests] = /** @type {[typeof accounts[number], ...typeof accounts]} */ (accounts);
    demo.rooms[room.name] = await makeRoom(federation.ministry, { alice, guests }, room);
    remember();
    for (const { home, accessToken: token } of accounts)
      await ask(home.internal.synapse, 'POST', '/_matrix/client/v3/logout', { token, body: {} });
  }
  const notes = ['homeserver, SFU and bridge', 'homeserver, SFU and bridge', 'homeserver only'];
  return PEOPLE.map(({ name }, index) => ({
    name,
    password: demo.passwords[name] ?? '',
    messenger: organisations[index]?.urls.messenger ?? '',
    organisation: `${organisations[index]?.serverName ?? ''}: ${notes[index] ?? ''}`,
  }));
}
