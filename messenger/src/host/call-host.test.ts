/** @jest-environment jsdom */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CALL_MEMBER_EVENT, HOST_ACTIONS } from '@palabre/protocol';
import type { MatrixClient } from 'matrix-js-sdk';
import { createCallHost } from './call-host.ts';
import { createFakeClient } from './fake-client.ts';

const ROOM = '!room:home.example';
const WIDGET = 'https://widget.example';
const alice = '@alice:home.example';

interface Message {
  readonly api: 'toWidget' | 'fromWidget';
  readonly requestId: string;
  readonly action: string;
  readonly data: Record<string, unknown>;
  readonly response?: Record<string, unknown>;
}

/** A call widget in a frame, as far as the host can tell: answers what it is asked, and does what the test says. */
function openCall() {
  const { client, sent } = createFakeClient();
  const frame = document.createElement('iframe');
  document.body.append(frame);
  const source = frame.contentWindow;
  if (source === null) throw new Error('no frame');
  // jsdom gives a frame that goes elsewhere another window; browsers do not.
  Object.defineProperty(frame, 'contentWindow', { value: source });
  const told = { joined: 0, left: 0, closed: 0 };
  const host = createCallHost({
    client: Object.assign(client, {
      baseUrl: 'https://home.example',
      getSafeUserId: () => alice,
      getDeviceId: () => 'DEV',
      on: () => client,
      off: () => client,
      getVisibleRooms: () => [],
    } as Partial<MatrixClient>),
    transports: { get: () => Promise.resolve([]) },
    roomId: ROOM,
    frame,
    page: `${WIDGET}/index.html`,
    encrypted: false,
    publishers: { watcherUserId: '@palabre:x', scribeUserId: '@palabre-scribe:home.example' },
    intent: 'start_call',
    direct: false,
    language: 'en',
    theme: 'light',
    fontScale: 1,
    onJoined: () => (told.joined += 1),
    onLeft: () => (told.left += 1),
    onClosed: () => (told.closed += 1),
  });
  const widgetId = new URLSearchParams(frame.src.split('#?')[1]).get('widgetId') ?? '';
  const asked: string[] = [];
  const say = (message: Message): void => {
    const data = { ...message, widgetId };
    window.dispatchEvent(new MessageEvent('message', { data, origin: WIDGET, source }));
  };
  const capabilities = [
    'org.matrix.msc4157.send.delayed_event',
    `org.matrix.msc2762.send.state_event:${CALL_MEMBER_EVENT}#_${alice}_DEV_m.call`,
  ];
  source.postMessage = (message: Message) => {
    if (message.api === 'fromWidget' || message.response !== undefined) return;
    asked.push(message.action);
    const answers: Record<string, Record<string, unknown>> = {
      capabilities: { capabilities },
      supported_api_versions: { supported_versions: [] },
    };
    queueMicrotask(() => say({ ...message, response: answers[message.action] ?? {} }));
  };
  let next = 0;
  const ask = async (action: string, data: Record<string, unknown> = {}): Promise<void> => {
    next += 1;
    say({ api: 'fromWidget', requestId: `w${next}`, action, data });
    await jest.advanceTimersByTimeAsync(10);
  };
  /** What js-sdk's MatrixRTC sends before anything else. */
  const announce = async (): Promise<void> => {
    const member = { type: CALL_MEMBER_EVENT, state_key: `_${alice}_DEV_m.call` };
    await ask('send_event', { ...member, content: {}, delay: 18_000 });
    await ask('send_event', { ...member, content: { application: 'm.call' } });
  };
  return { host, told, asked, ask, announce, open: () => ask('content_loaded'), how: () => sent.map(({ how }) => how) };
}

beforeEach(() => {
  jest.useFakeTimers();
  for (const level of ['debug', 'log', 'warn'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  document.body.replaceChildren();
});

describe('a call in its frame', () => {
  test('Leave in the widget: we hear that the person is out, then that it may be taken away', async () => {
    const { told, open, ask, announce } = openCall();
    await open();
    await announce();
    await ask(HOST_ACTIONS.join);
    await ask(HOST_ACTIONS.hangup);
    expect(told).toEqual({ joined: 1, left: 1, closed: 0 });
    await ask(HOST_ACTIONS.close);
    expect(told.closed).toBe(1);
  });

  test('a call that failed keeps its page, and joining again from there counts', async () => {
    const { host, told, asked, open, ask } = openCall();
    await open();
    await ask(HOST_ACTIONS.join);
    await ask(HOST_ACTIONS.hangup);
    await ask(HOST_ACTIONS.join);
    expect(told).toEqual({ joined: 2, left: 1, closed: 0 });
    const done = host.hangUp();
    await ask(HOST_ACTIONS.hangup);
    await done;
    expect(asked).toContain(HOST_ACTIONS.hangup);
  });

  test('hanging up while still joining asks the widget to leave, and sends the leave for one that stays silent', async () => {
    const { host, asked, how, open, announce } = openCall();
    await open();
    await announce();
    let done = false;
    void host.hangUp().then(() => (done = true));
    await jest.advanceTimersByTimeAsync(100);
    expect(asked).toContain(HOST_ACTIONS.hangup);
    expect(how()).toEqual(['delayed-state', 'state']);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(done).toBe(true);
    expect(how()).toEqual(['delayed-state', 'state', 'leave']);
  });

  test('hanging up in the lobby waits for nothing', async () => {
    const { host, asked, how, open } = openCall();
    await open();
    await host.hangUp();
    expect(asked).not.toContain(HOST_ACTIONS.hangup);
    expect(how()).toEqual([]);
  });

  test('a frame that is taken away without being asked leaves no membership behind', async () => {
    const { host, how, open, announce } = openCall();
    await open();
    await announce();
    host.close();
    await jest.advanceTimersByTimeAsync(10);
    expect(how().at(-1)).toBe('leave');
  });
});
