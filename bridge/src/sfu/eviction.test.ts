import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BOB, createFakeCall, LIVEKIT_ROOM, seatOf, until } from './fake-call.ts';
import type { FakeCall } from './fake-call.ts';

let call: FakeCall;
beforeEach(() => {
  call = createFakeCall();
});
afterEach(() => call.eviction.close());

describe('eviction', () => {
  test('removes every identity of the person and nobody else; the denial is written', async () => {
    call.identities.put({ identity: 'hash-of-bob', userId: '@bob:x' });
    call.sfu.join(LIVEKIT_ROOM, 'hash-of-bob');
    call.joined.delete('@bob:x');
    await call.eviction.evict(BOB, 'event');
    expect([...(call.sfu.rooms.get(LIVEKIT_ROOM)?.keys() ?? [])]).toEqual([seatOf('alice')]);
    await expect(call.denials.current(BOB)).resolves.toBe(1);
  });

  test('sockets are cut and the removal begins before anything else gets a turn', () => {
    const record = call.identities.put({ identity: seatOf('bob'), userId: '@bob:x' });
    let destroyed = false;
    call.connections.add(record, () => {
      destroyed = true;
    });
    void call.eviction.evict(BOB, 'event');
    expect(destroyed).toBe(true);
    expect(call.isThere('bob')).toBe(false);
  });

  test('somebody who gets in while it goes on is found by the later looks', async () => {
    call.joined.delete('@bob:x');
    await call.eviction.evict(BOB, 'event');
    call.sfu.join(LIVEKIT_ROOM, seatOf('bob'));
    await until(() => !call.isThere('bob'));
  });

  test('who has joined again meanwhile is left alone', async () => {
    await call.eviction.evict(BOB, 'event');
    call.sfu.join(LIVEKIT_ROOM, seatOf('bob')); // Joined again, let in again.
    await until(() => call.answered.length > 0);
    await call.eviction.close();
    expect(call.isThere('bob')).toBe(true);
  });

  test('one that did not come to its end says so, and is finished by the later looks', async () => {
    call.joined.delete('@bob:x');
    call.sfu.down = true;
    await expect(call.eviction.evict(BOB, 'event')).rejects.toThrow();
    call.sfu.down = false;
    await until(() => !call.isThere('bob'));
  });

  test('a check asks first; without an answer nobody is put out, and the caller knows', async () => {
    await expect(call.eviction.check(BOB, 'hint')).resolves.toBe(false);
    call.homeserverAnswers = false;
    await expect(call.eviction.check(BOB, 'hint')).rejects.toThrow();
    expect(call.isThere('bob')).toBe(true);
    call.homeserverAnswers = true;
    call.joined.delete('@bob:x');
    await expect(call.eviction.check(BOB, 'hint')).resolves.toBe(true);
    expect(call.isThere('bob')).toBe(false);
  });
});
