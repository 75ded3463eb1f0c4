import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { PalabreError } from '@palabre/protocol';
import { sql } from 'kysely';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createFakeIdentities } from '../sfu/fake-identities.ts';
import type { FakeIdentities } from '../sfu/fake-identities.ts';
import type { IdentityRecord } from '../sfu/index.ts';
import { createDatabase } from '../storage/index.ts';
import type { Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { rtcAuthMigrations } from './migrations.ts';
import { createProbation, FIRST_PAUSE_MS } from './probation.ts';
import type { Probation } from './probation.ts';

const ALICE = '@alice:x';
const GRACE_MS = 17_000;
let database: Database;
let identities: FakeIdentities;
let probation: Probation;
let nowMs: number;
/** Identities behind which there is a membership. */
let members: Set<string>;
let removed: string[];

beforeAll(async () => {
  const { log } = createFakeOperations();
  database = await createDatabase(await emptyDatabase(), { 'rtc-auth': rtcAuthMigrations }, log);
});
afterAll(() => database.destroy());
beforeEach(async () => {
  await sql`truncate openid_pauses`.execute(database);
  nowMs = 1_000_000;
  members = new Set();
  removed = [];
  identities = createFakeIdentities('livekit-room', '!room:x');
  probation = createProbation({
    database,
    identities,
    hasRtcMembership: ({ identity }) => Promise.resolve(members.has(identity)),
    revoke: ({ livekitRoom, identity }) => {
      removed.push(identity);
      return identities.revoke(livekitRoom, identity);
    },
    now: () => nowMs,
  });
});

const seat = (device: string, more: Partial<IdentityRecord> = {}) =>
  identities.put({ identity: `${ALICE}:${device}`, userId: ALICE, deviceId: device, door: 'openid', ...more });

test('a chain of seats without a membership soon comes to an end', async () => {
  const untilMs = nowMs + 3_600_000; // as long as the token lives
  let satMs = 0;
  for (let device = 0; nowMs < untilMs;) {
    const refusal = await probation.requireFree(seat(`D${device}`)).catch((error: unknown) => error);
    if (refusal instanceof PalabreError) {
      expect(refusal.code).toBe('M_LIMIT_EXCEEDED');
      nowMs += refusal.retryAfterMs ?? NaN;
      continue;
    }
    nowMs += GRACE_MS;
    satMs += GRACE_MS;
    await probation.fail(seat(`D${device}`));
    device += 1;
  }
  expect(satMs).toBeLessThanOrEqual(7 * GRACE_MS);
});

test('tokens fetched in advance for other devices end with the first, those of members do not', async () => {
  const [sitting, fetched, member, vouchedFor, vouchedMember] = [
    seat('D1'),
    seat('D2'),
    seat('D3'),
    seat('D4', { door: 'homeserver' }),
    seat('D5', { door: 'homeserver' }),
  ];
  members.add(member.identity).add(vouchedMember.identity);
  await probation.fail(sitting);
  expect([...identities.revoked].sort()).toEqual([sitting, fetched, vouchedFor].map(({ identity }) => identity));
  // Who sits by the word of their homeserver stays there.
  expect(removed).toEqual([sitting.identity, fetched.identity]);
});

test('in a pause only who has a membership gets a token, and says so to nobody else', async () => {
  await probation.fail(seat('D1'));
  await expect(probation.requireFree(seat('D2'))).rejects.toMatchObject({ retryAfterMs: FIRST_PAUSE_MS });
  members.add(seat('D2').identity);
  await expect(probation.requireFree(seat('D2'))).resolves.toBeUndefined();
  const elsewhere = { ...seat('D3'), roomId: '!other:x' };
  await expect(probation.requireFree(elsewhere)).resolves.toBeUndefined();
  await expect(probation.requireFree({ ...seat('D3'), userId: '@bob:x' })).resolves.toBeUndefined();
  nowMs += FIRST_PAUSE_MS;
  await expect(probation.requireFree(seat('D3'))).resolves.toBeUndefined();
});

test('an hour of peace makes the next pause a short one again', async () => {
  for (let count = 0; count < 3; count += 1) await probation.fail(seat('D1'));
  nowMs += 2 * 3_600_000;
  await probation.prune();
  await probation.fail(seat('D1'));
  await expect(probation.requireFree(seat('D1'))).rejects.toMatchObject({ retryAfterMs: FIRST_PAUSE_MS });
});

test('a seat that the SFU does not give up costs one pause, however often its end is tried', async () => {
  const stuck = seat('D1');
  for (let tries = 0; tries < 7; tries += 1) {
    const [record] = await identities.findAll(stuck.livekitRoom, [stuck.identity]);
    if (record !== undefined) await probation.fail(record);
  }
  await expect(probation.requireFree(seat('D2'))).rejects.toMatchObject({ retryAfterMs: FIRST_PAUSE_MS });
});
