import { describe, expect, test } from '@jest/globals';
import { CALL_MEMBER_EVENT } from '@palabre/protocol';
import { callCapabilities } from './capabilities.ts';
import { CallWidgetDriver } from './driver.ts';
import { createFakeClient } from './fake-client.ts';
import { createPresence } from './presence.ts';
import { createResultMessages } from './result-messages.ts';

const ROOM = '!room';
const joining = { application: 'm.call' };

/** A widget's driver with its presence; `refused` fails what is sent in the widget's place. */
function setUp(refused = false) {
  const { client, sent } = createFakeClient(
    refused ? { sendLeave: () => Promise.reject(new Error('gone')) } : undefined,
  );
  const presence = createPresence(client, ROOM);
  const driver = new CallWidgetDriver({
    client,
    roomId: ROOM,
    capabilities: callCapabilities(ROOM, '@a:x', 'DEV', '@palabre-scribe:home.example'),
    signedByOwner: () => Promise.resolve(true),
    transports: { get: () => Promise.resolve([]) },
    presence,
    messages: createResultMessages(
      { watcherUserId: '@palabre:home.example', scribeUserId: '@palabre-scribe:home.example' },
      () => false,
    ),
    onApproved: () => undefined,
    statePushed: () => Promise.resolve(),
  });
  const join = async (): Promise<void> => {
    await driver.sendDelayedEvent(18_000, CALL_MEMBER_EVENT, {}, 'key', ROOM);
    await driver.sendEvent(CALL_MEMBER_EVENT, joining, 'key', ROOM);
  };
  return { driver, presence, sent, join, how: () => sent.map((each) => each.how) };
}

describe('what a widget leaves behind', () => {
  test('nothing, when it never joined or left by itself', async () => {
    const { driver, presence, join, how } = setUp();
    expect(presence.remains()).toBe(false);
    await join();
    expect(presence.remains()).toBe(true);
    await driver.sendScheduledDelayedEvent('d');
    expect(presence.remains()).toBe(false);
    await presence.withdraw();
    expect(how()).toEqual(['delayed-state', 'state', 'leave']);
  });

  test('the scheduled leave is sent at once for a widget that is gone', async () => {
    const { presence, join, how } = setUp();
    await join();
    await presence.withdraw();
    expect(how()).toEqual(['delayed-state', 'state', 'leave']);
    expect(presence.remains()).toBe(false);
  });

  test('an announcement that is still under way is waited for, not overtaken', async () => {
    const { presence, how } = setUp();
    let answer: (value: { delay_id: string }) => void = () => undefined;
    void presence.scheduling(new Promise<{ delay_id: string }>((resolve) => (answer = resolve)));
    expect(presence.remains()).toBe(true);
    const withdrawn = presence.withdraw();
    expect(how()).toEqual([]);
    answer({ delay_id: 'late' });
    await withdrawn;
    expect(how()).toEqual(['leave']);
  });

  test('without a leave that can be sent, the membership is emptied', async () => {
    const { presence, sent, join, how } = setUp(true);
    await join();
    await presence.withdraw();
    expect(how()).toEqual(['delayed-state', 'state', 'leave', 'state']);
    expect(sent.at(-1)?.values).toEqual([ROOM, CALL_MEMBER_EVENT, {}, 'key']);
  });

  test('a join whose answer got lost may have been believed', async () => {
    const { presence, how } = setUp();
    await expect(presence.writing('key', joining, Promise.reject(new Error('timeout')))).rejects.toThrow();
    await presence.withdraw();
    expect(how()).toEqual(['state']);
  });

  test('a membership that another window has taken over stays', async () => {
    const { driver, presence, join, how } = setUp();
    await join();
    await driver.cancelScheduledDelayedEvent('d');
    await presence.withdraw();
    expect(how()).not.toContain('leave');
    expect(how().filter((each) => each === 'state')).toHaveLength(1);
  });

  test('a widget that emptied its membership itself, and called its leave off, leaves nothing', async () => {
    const { driver, presence, join } = setUp();
    await join();
    await driver.sendEvent(CALL_MEMBER_EVENT, {}, 'key', ROOM);
    await driver.cancelScheduledDelayedEvent('d');
    expect(presence.remains()).toBe(false);
  });
});
