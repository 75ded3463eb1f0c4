import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { hashedIdentity, plainIdentity } from '@palabre/protocol';
import { createFakeCall, LIVEKIT_ROOM, seatOf, until } from './fake-call.ts';
import type { FakeCall } from './fake-call.ts';
import { createPatrol, MEMBERSHIP_GRACE_MS, PROVEN_FOR_MS } from './patrol.ts';
import type { LivePerson } from './patrol.ts';
import type { PublishSource } from './sfu.ts';

let call: FakeCall;
beforeEach(() => {
  call = createFakeCall();
});
afterEach(() => call.eviction.close());

describe('the patrol', () => {
  let watched: boolean;
  let membership: boolean | undefined;
  let seen: string[][];
  let watcherAsked: number;
  let allowed: readonly PublishSource[];
  let membershipAsked: number;

  function createWalk(roundPauseMs?: number) {
    return createPatrol({
      ...call,
      ...(roundPauseMs === undefined ? {} : { roundPauseMs }),
      watcherJoined: () => {
        watcherAsked += 1;
        return Promise.resolve(watched);
      },
      mayPublish: () => allowed,
      hasRtcMembership: () => {
        membershipAsked += 1;
        return Promise.resolve(membership);
      },
      onUnproven: (record) => call.eviction.revoke(record),
      expected: () => ['a-room-that-emptied'],
      onLive: (room, people: readonly LivePerson[]) =>
        void seen.push([room, ...people.map(({ record }) => record.identity)]),
    });
  }
  beforeEach(() => {
    watched = false;
    membership = undefined;
    seen = [];
    watcherAsked = 0;
    allowed = ['microphone', 'camera', 'screen'];
    membershipAsked = 0;
  });

  /** Two more looks at everybody. */
  async function looks(): Promise<void> {
    const before = seen.length;
    await until(() => seen.length > before + 4);
  }

  test('before people are let in, everybody who is live is checked', async () => {
    call.joined.delete('@bob:x');
    await createWalk().checkAll();
    expect([...(call.sfu.rooms.get(LIVEKIT_ROOM)?.keys() ?? [])]).toEqual([seatOf('alice')]);
  });

  test('without an SFU or a homeserver nobody may be let in yet', async () => {
    call.homeserverAnswers = false;
    await expect(createWalk().checkAll()).rejects.toThrow();
    call.homeserverAnswers = true;
    call.sfu.down = true;
    await expect(createWalk().checkAll()).rejects.toThrow();
  });

  test('after a change of policy who cannot be asked keeps nobody else in, and is asked by the next rounds', async () => {
    watched = true;
    const patrol = createWalk(1);
    patrol.start();
    await until(() => call.answered.length === 2);
    call.joined.clear();
    call.unanswerable.add('@alice:x');
    await patrol.checkAgain();
    expect([call.isThere('alice'), call.isThere('bob')]).toEqual([true, false]);
    await looks();
    call.unanswerable.clear();
    await until(() => !call.isThere('alice'));
    await patrol.close();
  });

  test('what policy does not let somebody send any more ends at once, and is not given back to this seat', async () => {
    const patrol = createWalk();
    const sends = async () => (await call.sfu.listParticipants(LIVEKIT_ROOM)).map(({ publish }) => publish);
    allowed = ['microphone'];
    await patrol.checkAll();
    expect(await sends()).toEqual([['microphone'], ['microphone']]);
    allowed = ['microphone', 'camera'];
    await patrol.checkAll();
    expect(await sends()).toEqual([['microphone'], ['microphone']]);
  });

  test('goes round: who has left a room without the watcher is found', async () => {
    call.joined.delete('@bob:x');
    const patrol = createWalk();
    patrol.start();
    await until(() => !call.isThere('bob'));
    expect(call.isThere('alice')).toBe(true);
    await patrol.close();
  });

  test('no answer about one person does not keep the others from being looked at', async () => {
    call.unanswerable.add('@alice:x');
    call.joined.delete('@bob:x');
    const patrol = createWalk();
    patrol.start();
    await until(() => !call.isThere('bob'));
    expect(call.isThere('alice')).toBe(true);
    await patrol.close();
  });

  test('questions without an answer are no more in a second than others', async () => {
    call.homeserverAnswers = false;
    const { eviction } = call;
    const askedAtMs: number[] = [];
    call.eviction = {
      ...eviction,
      check: (...question) => {
        askedAtMs.push(performance.now());
        return eviction.check(...question);
      },
    };
    const patrol = createWalk(1);
    patrol.start();
    await until(() => askedAtMs.length > 6);
    await patrol.close();
    const pauses = askedAtMs.slice(1).map((atMs, index) => atMs - (askedAtMs[index] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThan(45);
  });

  test('what it knows of a room is forgotten with the last person there', async () => {
    watched = true;
    const patrol = createWalk(1);
    patrol.start();
    await until(() => call.answered.length === 2);
    call.sfu.rooms.delete(LIVEKIT_ROOM);
    const looks = seen.length;
    await until(() => seen.length > looks + 2);
    expect([watcherAsked, call.answered.length]).toEqual([1, 2]);
    for (const name of ['alice', 'bob']) call.sfu.join(LIVEKIT_ROOM, seatOf(name));
    await until(() => call.answered.length === 4);
    expect(watcherAsked).toBe(2);
    await patrol.close();
  });

  test('a room whose meeting has not ended is looked at, though nobody is there', async () => {
    const patrol = createWalk();
    patrol.start();
    await until(() => seen.length >= 2);
    expect(seen).toEqual([[LIVEKIT_ROOM, seatOf('alice'), seatOf('bob')], ['a-room-that-emptied']]);
    await patrol.close();
  });

  test.each([
    ['without a membership it is removed and stays out', false, 0, true],
    ['with a membership it stays', true, 0, false],
    ['where the watcher is not, nothing is known and nothing done', undefined, 0, false],
    ['before the time is up nothing is done', false, 5_000, false],
  ])('an identity that came with an OpenID token: %s', async (_, has, early, revoked) => {
    membership = has;
    call.sfu.join(LIVEKIT_ROOM, seatOf('bob'), 'openid');
    const patrol = createWalk(1);
    patrol.start();
    await looks();
    call.nowMs += MEMBERSHIP_GRACE_MS - early;
    await looks();
    expect(call.identities.revoked.has(seatOf('bob'))).toBe(revoked);
    expect(call.isThere('bob')).toBe(!revoked);
    expect(call.isThere('alice')).toBe(true);
    await patrol.close();
  });

  test.each([
    ['ahead', 600_000],
    ['behind', -600_000],
  ])('the time to show a membership is the same with a clock of the SFU ten minutes %s', async (_, skewMs) => {
    membership = false;
    call.nowMs += skewMs;
    call.sfu.join(LIVEKIT_ROOM, seatOf('bob'), 'openid');
    call.nowMs -= skewMs;
    const patrol = createWalk(1);
    patrol.start();
    await looks();
    expect(call.isThere('bob')).toBe(true);
    call.nowMs += MEMBERSHIP_GRACE_MS;
    await until(() => !call.isThere('bob'));
    await patrol.close();
  });

  test('a later token through the homeserver does not make a seat by OpenID a better one', async () => {
    membership = false;
    call.sfu.join(LIVEKIT_ROOM, seatOf('bob'), 'openid');
    call.identities.put({ identity: seatOf('bob'), userId: '@bob:x', door: 'homeserver' });
    const patrol = createWalk(1);
    patrol.start();
    await looks();
    call.nowMs += MEMBERSHIP_GRACE_MS;
    await until(() => !call.isThere('bob'));
    await patrol.close();
  });

  test('who shows a membership and withdraws it is put out, one that is only renewed late is not', async () => {
    membership = true;
    call.sfu.join(LIVEKIT_ROOM, seatOf('bob'), 'openid');
    const patrol = createWalk(1);
    patrol.start();
    await looks();
    call.nowMs += MEMBERSHIP_GRACE_MS;
    await until(() => membershipAsked === 1);
    membership = false;
    call.nowMs += PROVEN_FOR_MS;
    await until(() => membershipAsked === 2);
    membership = true;
    call.nowMs += MEMBERSHIP_GRACE_MS;
    await until(() => membershipAsked === 3);
    await looks();
    expect(call.isThere('bob')).toBe(true);
    membership = false;
    call.nowMs += PROVEN_FOR_MS;
    await until(() => membershipAsked === 4);
    await looks();
    expect(call.isThere('bob')).toBe(true);
    call.nowMs += MEMBERSHIP_GRACE_MS;
    await until(() => !call.isThere('bob'));
    await patrol.close();
  });

  test("a membership is worth one seat: the later of a device's two names goes", async () => {
    membership = true;
    const plain = plainIdentity('@carol:x', 'DEVICE');
    const hash = hashedIdentity('@carol:x', 'DEVICE', plain);
    call.joined.add('@carol:x');
    for (const identity of [plain, hash]) {
      call.identities.put({ identity, userId: '@carol:x', door: 'openid' });
      call.sfu.join(LIVEKIT_ROOM, identity, 'openid');
      call.nowMs += 1;
    }
    const patrol = createWalk(1);
    patrol.start();
    await looks();
    call.nowMs += MEMBERSHIP_GRACE_MS;
    await until(() => !call.sfu.has(LIVEKIT_ROOM, hash));
    expect(call.sfu.has(LIVEKIT_ROOM, plain)).toBe(true);
    await patrol.close();
  });
});
