import { describe, expect, test } from '@jest/globals';
import { createAudience } from './audience.ts';

const ALICE = '@alice:x:D';
const BOB = '@bob:y:D';

function setUp() {
  let nowMs = 1000;
  let shut = ':y';
  const users = new Map([
    [ALICE, '@alice:x'],
    [BOB, '@bob:y'],
  ]);
  const audience = createAudience({
    userOf: (identity) => users.get(identity),
    maySee: (userId) => Promise.resolve(!userId.endsWith(shut)),
    now: () => nowMs,
  });
  const ask = (identity: string, request: unknown) => audience.ask(identity, JSON.stringify(request));
  return { audience, ask, users, wait: (ms: number) => (nowMs += ms), shutOut: (server: string) => (shut = server) };
}

describe('the audience of captions', () => {
  test('whoever asks and may is sent them, until they want no more', async () => {
    const { audience, ask } = setUp();
    expect(await ask(ALICE, { show: true })).toEqual({ allowed: true });
    expect(audience.identities()).toEqual([ALICE]);
    await ask(ALICE, { show: false });
    expect(audience.identities()).toEqual([]);
  });

  test('people of a server without the right get none', async () => {
    const { audience, ask } = setUp();
    expect(await ask(BOB, { show: true })).toEqual({ allowed: false });
    expect(audience.identities()).toEqual([]);
  });

  test('a policy that has changed counts for those who read already', async () => {
    const { audience, ask, shutOut } = setUp();
    await ask(ALICE, { show: true });
    shutOut(':x');
    await audience.review();
    expect(audience.identities()).toEqual([]);
  });

  test('only who has a membership of the call is heard, and sent anything', async () => {
    const { audience, ask, users } = setUp();
    await expect(ask('@stranger:x:D', { show: true })).rejects.toThrow('no membership');
    await ask(ALICE, { show: true });
    users.delete(ALICE);
    expect(audience.identities()).toEqual([]);
  });

  test('a speaker names their language without reading', async () => {
    const { audience, ask } = setUp();
    await ask(BOB, { show: false, speaks: 'fr' });
    expect(audience.languageOf(BOB)).toBe('fr');
    await ask(BOB, { show: false });
    expect(audience.languageOf(BOB)).toBeUndefined();
  });

  test('of captions that have ended is nobody for the next ones, but what they speak is known', async () => {
    const { audience, ask } = setUp();
    await ask(ALICE, { show: true, speaks: 'fr' });
    audience.dismiss();
    expect(audience.identities()).toEqual([]);
    expect(audience.emptySinceMs()).toBe(1000);
    expect(audience.languageOf(ALICE)).toBe('fr');
  });

  test('says since when nobody is there', async () => {
    const { audience, ask, wait } = setUp();
    expect(audience.emptySinceMs()).toBe(1000);
    await ask(ALICE, { show: true });
    expect(audience.emptySinceMs()).toBeUndefined();
    wait(500);
    audience.left(ALICE);
    wait(500);
    expect(audience.emptySinceMs()).toBe(1500);
  });

  test.each(['', '{', '{}', '{"show":"yes"}', '{"show":true,"speaks":"klingon!"}'])('refuses %p', async (payload) => {
    await expect(setUp().audience.ask(ALICE, payload)).rejects.toThrow();
  });
});
