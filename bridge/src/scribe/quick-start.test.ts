import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { emptyDatabase } from '../storage/test-database.ts';
import { ALICE, createFakeWorld, ROOM, type FakeWorld } from './fake-world.ts';

// Milliseconds on a machine that is free; the machine may not be.
jest.setTimeout(90_000);

let world: FakeWorld;
let database: string;
beforeAll(async () => {
  database = await emptyDatabase();
});
beforeEach(async () => {
  world = await createFakeWorld(database);
});
afterEach(() => world.close());

const child = () => world.children.all[0];
const recording = () => world.until(() => world.child()?.recording() === true, 'it records');

describe('nobody waits in turn for what can be done at the same time', () => {
  test('a child starts while its device logs in, and boots with that device', async () => {
    const login = Promise.withResolvers<undefined>();
    world.home.loginsWait = login.promise;
    await world.command('start', 'recording');
    await world.until(() => child()?.hasBrowser() === true, 'a child with a browser');
    expect(child()?.config()).toBeUndefined();
    login.resolve(undefined);
    await recording();
    expect(child()?.config()?.deviceId).toBe('DEV1');
    expect(world.children.all).toHaveLength(1);
  });

  test.each([
    ['recording', { layout: 'grid', captions: false }, true],
    ['recording', { layout: 'audio', captions: false }, false],
    ['transcription', undefined, false],
  ] as const)('%s %j: the browser starts early: %s', async (what, options, early) => {
    await world.scribe.command(ROOM, ALICE, {
      action: 'start',
      what,
      ...(options === undefined ? {} : { recording: options }),
    });
    await world.until(() => world.child()?.inCall() === true, 'the scribe is in the call');
    expect(child()?.hasBrowser()).toBe(early);
  });

  test('a recording that is paused needs no browser', async () => {
    await world.command('start', 'recording');
    await recording();
    await world.scribe.command(ROOM, ALICE, { action: 'pause', what: 'recording' });
    await world.until(() => world.child()?.recording() === false, 'it has paused');
    child()?.die();
    await world.command('start', 'transcription');
    await world.until(() => world.child()?.listening() === true, 'it listens');
    expect(world.children.all.map((one) => one.hasBrowser())).toEqual([true, false]);
  });
});

describe('a scribe that is up before anybody asks', () => {
  test('while a call goes on, one waits, and the recording takes it', async () => {
    world.scribe.expect(ROOM, 60_000);
    expect(world.children.all).toHaveLength(1);
    await world.command('start', 'recording');
    await recording();
    expect(world.children.all).toHaveLength(1);
    // The room has what it needs.
    world.scribe.expect(ROOM, 60_000);
    expect(world.children.all).toHaveLength(1);
  });

  test('a transcript keeps no browser', async () => {
    world.scribe.expect(ROOM, 60_000);
    await world.command('start', 'transcription');
    await world.until(() => world.child()?.listening() === true, 'it listens');
    expect(world.children.all.map((one) => one.hasBrowser())).toEqual([false]);
  });

  test('ends with the bridge', async () => {
    world.scribe.expect(ROOM, 60_000);
    await world.scribe.close();
    expect(child()?.alive()).toBe(false);
  });
});

describe('what was begun meanwhile is cleared when the other half fails', () => {
  test('a login is refused: no child is left, and the next start works', async () => {
    world.home.refused.add('login');
    await world.command('start', 'recording');
    await world.until(() => child() !== undefined && !child()?.alive(), 'the child has ended');
    world.home.refused.clear();
    await recording();
    expect(world.children.all.filter(({ alive }) => alive())).toHaveLength(1);
  });

  test('the identity cannot be published: the device that has logged in meanwhile is removed', async () => {
    world.home.refused.add('identity');
    await world.command('start', 'recording');
    await world.until(() => child() !== undefined && !child()?.alive(), 'the child has ended');
    world.home.refused.clear();
    await recording();
    const used = world.child()?.config()?.deviceId;
    expect([...world.home.devices].filter((id) => id.startsWith('DEV'))).toEqual([used]);
    expect(used).not.toBe('DEV1');
  });

  test('the login is slower than the identity that fails: its device is removed too', async () => {
    const login = Promise.withResolvers<undefined>();
    world.home.loginsWait = login.promise;
    world.home.refused.add('identity');
    await world.command('start', 'recording');
    await world.until(() => child() !== undefined, 'a child');
    login.resolve(undefined);
    await world.until(() => child()?.alive() === false, 'the child has ended');
    world.home.refused.clear();
    await recording();
    expect([...world.home.devices].filter((id) => id.startsWith('DEV'))).toEqual([world.child()?.config()?.deviceId]);
  });
});
