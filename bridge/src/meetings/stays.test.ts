import { beforeEach, describe, expect, test } from '@jest/globals';
import { MINUTES_LEFT_ATTRIBUTE } from '@palabre/protocol';
import { createDomainPolicy } from '../membership/index.ts';
import { createFakeIdentities } from '../sfu/fake-identities.ts';
import { createFakeSfu } from '../sfu/fake-sfu.ts';
import type { FakeSfu } from '../sfu/fake-sfu.ts';
import type { Meeting, Presence } from './meetings.ts';
import { createStays, leftMs, warningOf } from './stays.ts';
import type { Stays } from './stays.ts';

const ROOM = '!room:x';
const meeting: Meeting = { id: 'm', roomId: ROOM, livekitRoom: 'livekit-room', startedMs: 0 };
const MINUTE_MS = 60_000;

test('what is left, and when it is said', () => {
  expect([leftMs(undefined, 5), leftMs(2, 0), leftMs(0.5, MINUTE_MS)]).toEqual([undefined, 120_000, -30_000]);
  expect([6, 5, 2, 1, 0.2].map((minutes) => warningOf(minutes * MINUTE_MS))).toEqual([undefined, 5, 5, 1, 1]);
});

describe('time limits', () => {
  const policy = createDomainPolicy('x', {
    classes: { partner: { maxMinutes: 30 } },
    servers: [{ match: 'partner', class: 'partner', transports: [] }],
  });
  let sfu: FakeSfu;
  let see: (presentMs: number, userId: string) => Promise<void>;
  let spentMs: number;
  let evicted: string[];
  let stays: Stays;
  const complaints: string[] = [];

  beforeEach(() => {
    sfu = createFakeSfu(() => 0);
    evicted = [];
    spentMs = 0;
    let told: (meeting: Meeting, people: readonly Presence[]) => void = () => undefined;
    stays = createStays({
      policy,
      meetings: { onPresence: (handler) => (told = handler), presentMs: () => Promise.resolve(spentMs) },
      sfu,
      evict: ({ userId }) => Promise.resolve(evicted.push(userId)),
      complain: (message) => () => complaints.push(message),
    });
    const identities = createFakeIdentities(meeting.livekitRoom, ROOM);
    see = async (presentMs, userId) => {
      const record = identities.put({ identity: `${userId}:D`, userId });
      if (!sfu.has(meeting.livekitRoom, record.identity)) sfu.join(meeting.livekitRoom, record.identity);
      const [participant] = await sfu.listParticipants(meeting.livekitRoom);
      if (participant === undefined) throw new Error('nobody');
      told(meeting, [{ userId, presentMs, seats: [{ record, participant }] }]);
    };
  });
  const mark = () => sfu.rooms.get(meeting.livekitRoom)?.get('@bob:partner:D')?.attributes[MINUTES_LEFT_ATTRIBUTE];

  test('warn twice, then end the stay; a new seat is warned anew', async () => {
    await see(20 * MINUTE_MS, '@bob:partner');
    expect(mark()).toBeUndefined();
    await see(25 * MINUTE_MS, '@bob:partner');
    expect(mark()).toBe('5');
    sfu.join(meeting.livekitRoom, '@bob:partner:D');
    await see(29 * MINUTE_MS, '@bob:partner');
    expect(mark()).toBe('1');
    expect(evicted).toEqual([]);
    await see(30 * MINUTE_MS, '@bob:partner');
    expect(evicted).toEqual(['@bob:partner']);
  });

  test('a policy that gives more time takes the warning back', async () => {
    await see(29 * MINUTE_MS, '@bob:partner');
    policy.replace({ classes: {}, servers: policy.servers() });
    await see(29 * MINUTE_MS, '@bob:partner');
    expect(mark()).toBe('');
    await see(500 * MINUTE_MS, '@bob:partner');
    expect(evicted).toEqual([]);
    policy.replace({ classes: { partner: { maxMinutes: 30 } }, servers: policy.servers() });
  });

  test('hold for every later token and connect, and for nobody else', async () => {
    spentMs = 30 * MINUTE_MS;
    await expect(stays.mayStay(ROOM, '@bob:partner')).resolves.toBe(false);
    await expect(stays.mayStay(ROOM, '@alice:x')).resolves.toBe(true);
    spentMs -= 1;
    await expect(stays.mayStay(ROOM, '@bob:partner')).resolves.toBe(true);
    await see(500 * MINUTE_MS, '@alice:x');
    expect([evicted, complaints]).toEqual([[], []]);
  });
});
