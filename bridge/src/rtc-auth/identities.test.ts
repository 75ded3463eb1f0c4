import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createFakeOperations } from '../operations/fake-operations.ts';
import type { Door } from '../sfu/index.ts';
import { createDatabase } from '../storage/index.ts';
import type { Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { createIdentities, MAX_ALIVE } from './identities.ts';
import type { Identities } from './identities.ts';
import { rtcAuthMigrations } from './migrations.ts';

const LIVEKIT_ROOM = 'livekit-room';
const ALICE = '@alice:x';
let database: Database;
let identities: Identities;
let nowMs: number;
/** Who is on the SFU. */
let there: Set<string>;

beforeAll(async () => {
  const { log } = createFakeOperations();
  database = await createDatabase(await emptyDatabase(), { 'rtc-auth': rtcAuthMigrations }, log);
});
afterAll(() => database.destroy());
beforeEach(async () => {
  await sql`truncate rtc_identities`.execute(database);
  nowMs = 1_000_000;
  there = new Set();
  identities = createIdentities(
    database,
    () => Promise.resolve([...there]),
    () => nowMs,
  );
});

const seat = (device: string) => `${ALICE}:${device}`;
/** A token for a device; a second passes. @returns devices that were pushed out */
async function give(device: string, door: Door = 'homeserver'): Promise<readonly string[]> {
  nowMs += 1_000;
  const slotId = 'm.call#ROOM';
  const record = { livekitRoom: LIVEKIT_ROOM, identity: seat(device), roomId: '!room:x', slotId, userId: ALICE };
  return (await identities.record({ ...record, deviceId: device, door })).map(({ deviceId }) => deviceId);
}
const devices = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const known = async (device: string) => (await identities.find(LIVEKIT_ROOM, seat(device))) !== undefined;

describe.each<Door>(['homeserver', 'openid'])('one more than a person may have, by %s', (door) => {
  test('pushes out the one seen longest ago of those that are not on the SFU', async () => {
    const mine = devices('D', MAX_ALIVE);
    for (const device of mine) await expect(give(device, door)).resolves.toEqual([]);
    there.add(seat('D0'));
    await expect(give('NEW', door)).resolves.toEqual(['D1']);
    await expect(known('D0')).resolves.toBe(true);
    await expect(known('D1')).resolves.toBe(false);
  });

  test('asking again for one that is there pushes out nobody', async () => {
    for (const device of devices('D', MAX_ALIVE)) await give(device, door);
    await expect(give('D3', door)).resolves.toEqual([]);
  });
});

describe('when all of them are on the SFU', () => {
  test('a token by OpenID is refused, and leaves no record', async () => {
    const mine = devices('D', MAX_ALIVE);
    for (const device of mine) await give(device, 'openid');
    for (const device of mine) there.add(seat(device));
    await expect(give('NEW', 'openid')).rejects.toMatchObject({ code: 'M_LIMIT_EXCEEDED' });
    await expect(known('NEW')).resolves.toBe(false);
    for (const device of mine) await expect(known(device)).resolves.toBe(true);
  });

  test('one that the homeserver asked for takes the place of another such', async () => {
    const mine = devices('D', MAX_ALIVE);
    for (const device of mine) await give(device);
    for (const device of mine) there.add(seat(device));
    await expect(give('NEW')).resolves.toEqual(['D0']);
  });
});

test('no number of OpenID requests touches what came through the homeserver, on the SFU or not', async () => {
  const mine = devices('D', MAX_ALIVE);
  for (const device of mine) await give(device);
  for (const device of devices('LEAKED', MAX_ALIVE + 2)) await give(device, 'openid');
  for (const device of mine) await expect(known(device)).resolves.toBe(true);
});

test('asking by OpenID for a device that came through the homeserver leaves it what it was', async () => {
  await give('D');
  await give('D', 'openid');
  await expect(identities.find(LIVEKIT_ROOM, seat('D'))).resolves.toMatchObject({ door: 'homeserver' });
  for (const device of devices('LEAKED', MAX_ALIVE)) await give(device, 'openid');
  await expect(known('D')).resolves.toBe(true);
  await give('LEAKED1');
  await expect(identities.find(LIVEKIT_ROOM, seat('LEAKED1'))).resolves.toMatchObject({ door: 'homeserver' });
});
