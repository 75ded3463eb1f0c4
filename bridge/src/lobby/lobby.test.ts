import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import type { FakeInbox } from '../appservice/fake-inbox.ts';
import type { FakeMatrix } from '../appservice/fake-matrix-client.ts';
import { MatrixError } from '../appservice/index.ts';
import { createFakeAudit, type FakeAudit } from '../governance/fake-audit.ts';
import { createFakeRoom, ROOM } from '../meetings/fake-room.ts';
import { createDomainPolicy } from '../membership/index.ts';
import type { DomainPolicy, Membership } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createDatabase } from '../storage/index.ts';
import type { Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { createLobby } from './lobby.ts';
import type { Lobby } from './lobby.ts';
import { lobbyMigrations } from './migrations.ts';
import { createNotices, followReactions } from './notices.ts';
import { createStore } from './store.ts';
import type { Store } from './store.ts';

const { log } = createFakeOperations();
const BOB = { roomId: ROOM, userId: '@bob:partner' };
const CAROL = { roomId: ROOM, userId: '@carol:partner' };
const LOBBY = {
  classes: { partner: { lobby: true } },
  servers: [{ match: 'partner', class: 'partner' as const, transports: [] }],
};

let database: Database;
let nowMs: number;
let matrix: FakeMatrix;
let inbox: FakeInbox;
let membership: Membership;
let policy: DomainPolicy;
let store: Store;
let lobby: Lobby;
let inCall: string[];
let running: boolean;
let endedMs: number | undefined;
let putOut: string[];
let changes: number;
let callAnswers: boolean;
let audit: FakeAudit;
const gone = new AbortController();
const now = () => nowMs;

beforeAll(async () => {
  database = await createDatabase(await emptyDatabase(), { lobby: lobbyMigrations }, log);
});
afterAll(() => database.destroy());
beforeEach(async () => {
  await sql`truncate lobby_people, lobby_notices`.execute(database);
  nowMs = 1_000_000_000;
  policy = createDomainPolicy('x', LOBBY);
  ({ matrix, inbox, membership } = createFakeRoom(now, policy));
  for (const { userId } of [BOB, CAROL]) matrix.rooms.get(ROOM)?.members.set(userId, 'join');
  inCall = ['@alice:x'];
  running = true;
  endedMs = undefined;
  putOut = [];
  changes = 0;
  callAnswers = true;
  audit = createFakeAudit();
  store = createStore(database, now);
  lobby = open();
});
afterEach(() => {
  lobby.close();
});

function open(): Lobby {
  return createLobby({
    store,
    inbox,
    policy,
    rightsOf: membership.rightsOf,
    inCall: () => Promise.resolve(inCall),
    currentMeeting: () => (running ? 'm' : undefined),
    meetingEndedMs: () => Promise.resolve(endedMs),
    putOut: ({ userId }) => Promise.resolve(putOut.push(userId)),
    tellRoom: () => Promise.resolve(),
    tellCall: () => {
      changes += 1;
      return callAnswers ? Promise.resolve() : Promise.reject(new Error('no answer'));
    },
    audit,
    complain: () => (error) => {
      if (callAnswers) throw error;
    },
    now,
    lookMs: 100,
  });
}

const decision = (userId: string, admit: boolean) => ({ by: userId, means: 'button', admit }) as const;
const knock = (patienceMs = 60_000, signal = gone.signal) => ({ patienceMs, signal });
const waiting = async () => (await lobby.waiting(ROOM)).map(({ userId }) => userId);
/** Somebody knocks; resolves when they are on the list. */
async function come(person: typeof BOB, signal?: AbortSignal) {
  const entering = lobby.enter(person, knock(60_000, signal)).catch((error: unknown) => error);
  while (!(await waiting()).includes(person.userId)) await new Promise((resolve) => setTimeout(resolve, 5));
  return { entering };
}

describe('the lobby', () => {
  test('nobody else waits: own people, and whoever may let in', async () => {
    await expect(lobby.enter({ roomId: ROOM, userId: '@bob:x' }, knock())).resolves.toBe(false);
    policy.replace({ ...LOBBY, classes: { own: { lobby: true } } });
    await expect(lobby.enter({ roomId: ROOM, userId: '@alice:x' }, knock())).resolves.toBe(false);
    await expect(lobby.enter({ roomId: ROOM, userId: '@bob:x' }, knock(0))).rejects.toMatchObject({
      code: 'PALABRE_WAITING',
    });
  });

  test('who only looks is told, and nobody hears of it', async () => {
    await expect(lobby.enter(BOB, undefined)).rejects.toMatchObject({ code: 'PALABRE_WAITING', status: 403 });
    expect([await waiting(), changes]).toEqual([[], 0]);
  });

  test('whoever knocks gets in at once when they are let in, and for the whole meeting', async () => {
    const { entering } = await come(BOB);
    await expect(lobby.allows(ROOM, BOB.userId)).resolves.toBe(false);
    await expect(lobby.decide(ROOM, [BOB.userId], decision('@alice:x', true))).resolves.toEqual([BOB.userId]);
    await expect(entering).resolves.toBe(true);
    await expect(lobby.allows(ROOM, BOB.userId)).resolves.toBe(true);
    lobby.close();
    lobby = open();
    await expect(lobby.enter(BOB, undefined)).resolves.toBe(false);
    await lobby.meetingEnded(ROOM);
    await expect(lobby.allows(ROOM, BOB.userId)).resolves.toBe(false);
  });

  test('a decision that outlived its meeting ends though nobody said so; one for the next meeting stands', async () => {
    await come(BOB);
    await lobby.decide(ROOM, [BOB.userId], decision('@alice:x', true));
    endedMs = nowMs += 1_000;
    await come(CAROL);
    nowMs += 1_000;
    await lobby.decide(ROOM, [CAROL.userId], decision('@alice:x', true));
    lobby.close();
    lobby = open();
    await lobby.resume();
    await expect(lobby.allows(ROOM, BOB.userId)).resolves.toBe(false);
    await expect(lobby.allows(ROOM, CAROL.userId)).resolves.toBe(true);
  });

  test('a decision of another bridge is seen', async () => {
    const { entering } = await come(BOB);
    await store.decide(ROOM, [BOB.userId], true, '@alice:x');
    await expect(entering).resolves.toBe(true);
  });

  test('whoever is turned away stays out for a while; one who was inside is put out', async () => {
    const { entering } = await come(BOB);
    await lobby.decide(ROOM, [BOB.userId], decision('@alice:x', false));
    await expect(entering).resolves.toMatchObject({ code: 'PALABRE_NOT_ADMITTED' });
    await expect(lobby.enter(BOB, knock())).rejects.toMatchObject({ code: 'PALABRE_NOT_ADMITTED' });
    const other = await come(CAROL);
    await lobby.decide(ROOM, [CAROL.userId], decision('@alice:x', true));
    await other.entering;
    await lobby.decide(ROOM, [CAROL.userId], decision('@alice:x', false));
    expect(putOut).toContain(CAROL.userId);
    await expect(lobby.allows(ROOM, CAROL.userId)).resolves.toBe(false);
    nowMs += 11 * 60_000;
    await store.prune(() => true);
    await expect(lobby.enter(BOB, knock(0))).rejects.toMatchObject({ code: 'PALABRE_WAITING' });
  });

  test.each(['@bob:x', '@bob:partner', '@stranger:x'])('%s may let nobody in', async (by) => {
    await lobby.enter(CAROL, knock(0)).catch(() => undefined);
    await expect(lobby.decide(ROOM, [CAROL.userId], decision(by, true))).rejects.toMatchObject({ code: 'M_FORBIDDEN' });
    expect(await waiting()).toEqual([CAROL.userId]);
  });

  test('a moderator of another server lets nobody in', async () => {
    const levels = { sender: '@alice:x', content: { users: { '@alice:x': 100, '@bob:partner': 100 } } };
    matrix.rooms.get(ROOM)?.state.set('m.room.power_levels\0', levels);
    await expect(lobby.decide(ROOM, [BOB.userId], decision(BOB.userId, true))).rejects.toMatchObject({
      code: 'M_FORBIDDEN',
    });
  });

  test('decisions are in the audit trail, person by person, before they count; what cannot be written lets nobody in', async () => {
    await come(BOB);
    await come(CAROL);
    audit.away = true;
    await expect(lobby.decide(ROOM, [BOB.userId], decision('@alice:x', true))).rejects.toThrow('away');
    expect(await waiting()).toEqual([BOB.userId, CAROL.userId]);
    audit.away = false;
    await lobby.decide(ROOM, [CAROL.userId, BOB.userId, '@nobody:partner'], decision('@alice:x', true));
    await lobby.decide(ROOM, [BOB.userId], decision('@alice:x', false));
    await expect(lobby.decide(ROOM, [CAROL.userId], decision('@bob:x', false))).rejects.toThrow();
    const by = { means: 'button', roomId: ROOM, meetingId: 'm' };
    const alice = { ...by, userId: '@alice:x', outcome: 'accepted' };
    expect(audit.rows).toEqual([
      { ...alice, action: 'lobby.admit', target: BOB.userId },
      { ...alice, action: 'lobby.admit', target: CAROL.userId },
      { ...alice, action: 'lobby.turn_away', target: BOB.userId },
      { ...by, userId: '@bob:x', action: 'lobby.turn_away', outcome: 'refused', code: 'M_FORBIDDEN' },
    ]);
  });

  test('with no moderator in the call, or no watcher in the room, that is said', async () => {
    inCall = ['@bob:x'];
    await expect(lobby.enter(BOB, knock(0))).rejects.toMatchObject({ code: 'PALABRE_WAITING_ALONE' });
    matrix.rooms.get(ROOM)?.members.set('@palabre:x', 'leave');
    nowMs += 3_600_000;
    await expect(lobby.enter(BOB, knock(0))).rejects.toMatchObject({ code: 'PALABRE_WATCHER_ABSENT' });
  });

  test('whoever goes away is off the list; one who is kicked hears it at once', async () => {
    const leaving = new AbortController();
    const { entering } = await come(BOB, leaving.signal);
    leaving.abort();
    await entering;
    expect(await waiting()).toEqual([]);
    const kicked = await come(CAROL);
    await inbox.deliver({
      type: 'm.room.member',
      room_id: ROOM,
      sender: '@alice:x',
      state_key: CAROL.userId,
      content: { membership: 'leave' },
    });
    await expect(kicked.entering).resolves.toMatchObject({ code: 'M_FORBIDDEN' });
    expect(await waiting()).toEqual([]);
  });

  test('one of several requests that is hung up, here or at another bridge, ends no wait', async () => {
    const { entering } = await come(BOB);
    await store.withdraw(BOB);
    while (!(await waiting()).includes(BOB.userId)) await new Promise((resolve) => setTimeout(resolve, 20));
    await lobby.decide(ROOM, [BOB.userId], decision('@alice:x', true));
    await expect(entering).resolves.toBe(true);
  });

  test('one person does not take the places of everybody', async () => {
    const later = expect.objectContaining({ code: 'PALABRE_WAITING', retryAfterMs: 5_000 }) as unknown;
    const answers: unknown[] = [];
    const asking = Array.from({ length: 6 }, () =>
      lobby
        .enter(BOB, knock())
        .catch((error: unknown) => error)
        .then((answer) => answers.push(answer)),
    );
    while (answers.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const other = await come(CAROL);
    expect(answers).toEqual([later, later]);
    await lobby.decide(ROOM, [BOB.userId, CAROL.userId], decision('@alice:x', true));
    await Promise.all([...asking, other.entering]);
    expect(answers).toEqual([later, later, true, true, true, true]);
  });

  test('what could not be told when it happened is told later, and nothing that was told', async () => {
    const intervals = jest.spyOn(globalThis, 'setInterval');
    lobby.close();
    lobby = open();
    const [tend] = intervals.mock.calls.at(-1) ?? [];
    intervals.mockRestore();
    const prunes = jest.spyOn(store, 'prune');
    const tended = async () => {
      tend?.();
      while (prunes.mock.results.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await prunes.mock.results.at(-1)?.value;
      prunes.mockClear();
      return changes;
    };
    await lobby.enter(BOB, knock(0)).catch(() => undefined);
    changes = 0;
    await expect(tended()).resolves.toBe(0);
    callAnswers = false;
    await lobby.enter(CAROL, knock(0)).catch(() => undefined);
    changes = 0;
    await expect(tended()).resolves.toBe(1);
    callAnswers = true;
    await expect(tended()).resolves.toBe(2);
    await expect(tended()).resolves.toBe(2);
  });

  test('an end of the bridge takes nobody off the list', async () => {
    const { entering } = await come(BOB);
    lobby.close();
    await expect(entering).resolves.toMatchObject({ code: 'PALABRE_WAITING' });
    lobby = open();
    changes = 0;
    await lobby.resume();
    expect([await waiting(), changes]).toEqual([[BOB.userId], 1]);
  });

  test('a policy without lobby lets everybody in who waits', async () => {
    const { entering } = await come(BOB);
    policy.replace({ ...LOBBY, classes: {} });
    await expect(entering).resolves.toBe(true);
  });

  test('what is old is forgotten: who does not ask again, and admissions without a meeting', async () => {
    await lobby.enter(BOB, knock(0)).catch(() => undefined);
    await store.ask(CAROL);
    await lobby.decide(ROOM, [CAROL.userId], decision('@alice:x', true));
    nowMs += 2 * 3_600_000;
    await expect(store.prune(() => true)).resolves.toEqual([ROOM]);
    expect(await waiting()).toEqual([]);
    await expect(lobby.allows(ROOM, CAROL.userId)).resolves.toBe(true);
    await store.prune(() => false);
    await expect(lobby.allows(ROOM, CAROL.userId)).resolves.toBe(false);
  });
});

describe('in the room', () => {
  let tell: (roomId: string) => Promise<void>;
  const bodies = () =>
    matrix.sent.map(({ content }) => {
      const { body, ...rest } = content as Record<string, unknown>;
      return { body: String(body), relation: rest['m.relates_to'] };
    });
  const react = (sender: string, key: string, target: string) =>
    inbox.deliver({
      type: 'm.reaction',
      room_id: ROOM,
      sender,
      content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key } },
    });

  beforeEach(() => {
    tell = createNotices({
      store,
      client: matrix.client,
      gatherMs: 0,
      namesIn: () => Promise.resolve(new Map([[BOB.userId, 'Bob\nof the partner']])),
      language: 'en',
    });
    followReactions({
      store,
      inbox,
      client: matrix.client,
      lobby,
      isJoined: membership.isJoined,
      language: 'en',
    });
  });

  test('one message for those who come together, a reaction lets them in, and the message says so', async () => {
    await store.ask(BOB);
    await store.ask(CAROL);
    await tell(ROOM);
    await tell(ROOM);
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]?.body).toContain('Bob of the partner (@bob:partner) and @carol:partner wait');
    const [notice] = await store.notices(ROOM);
    const target = notice?.eventId ?? '';
    await react('@bob:x', '✅', target);
    expect(bodies()[1]?.body).toContain('Only moderators');
    await react('@alice:x', '👍', target);
    await react('@alice:x', '✅', '$another');
    expect(await waiting()).toHaveLength(2);
    await react('@alice:x', '✅\uFE0F', target);
    expect(await waiting()).toEqual([]);
    expect(audit.rows.map((row) => [row.userId, row.means, row.action, row.target, row.outcome])).toEqual([
      ['@bob:x', 'reaction', 'lobby.admit', undefined, 'refused'],
      ['@alice:x', 'reaction', 'lobby.admit', BOB.userId, 'accepted'],
      ['@alice:x', 'reaction', 'lobby.admit', CAROL.userId, 'accepted'],
    ]);
    await tell(ROOM);
    expect(bodies()[2]).toEqual({
      body: '* ✅ Bob of the partner (@bob:partner) was let in by @alice:x.\n✅ @carol:partner was let in by @alice:x.',
      relation: { rel_type: 'm.replace', event_id: target },
    });
    await expect(store.notices(ROOM)).resolves.toEqual([]);
  });

  test('whoever goes away before anything was said is not spoken of; afterwards that is said', async () => {
    await store.ask(BOB);
    await store.name(ROOM, 'n');
    await store.forget(BOB);
    await tell(ROOM);
    expect(bodies()).toEqual([]);
    await store.ask(CAROL);
    await tell(ROOM);
    await store.forget(CAROL);
    await tell(ROOM);
    expect(bodies().at(-1)?.body).toBe('* 🚪 Nobody is waiting to be let into the call any more.');
  });

  test('somebody who comes and goes is spoken of once in a minute', async () => {
    for (let times = 0; times < 3; times += 1) {
      await store.ask(BOB);
      await tell(ROOM);
      await store.withdraw(BOB);
      await tell(ROOM);
      expect(await waiting()).toEqual([]);
    }
    expect(bodies()).toHaveLength(1);
    // A reaction meanwhile lets nobody in who is not there.
    await react('@alice:x', '✅', (await store.notices(ROOM))[0]?.eventId ?? '');
    await expect(lobby.allows(ROOM, BOB.userId)).resolves.toBe(false);
    nowMs += 61_000;
    await expect(store.prune(() => true)).resolves.toEqual([ROOM]);
    await tell(ROOM);
    expect(bodies().at(-1)?.body).toContain('Nobody is waiting');
    await expect(store.notices(ROOM)).resolves.toEqual([]);
  });

  test('somebody who has just hung up can be turned away all the same', async () => {
    await store.ask(BOB);
    await tell(ROOM);
    await store.withdraw(BOB);
    await react('@alice:x', '❌', (await store.notices(ROOM))[0]?.eventId ?? '');
    await expect(lobby.enter(BOB, knock(0))).rejects.toMatchObject({ code: 'PALABRE_NOT_ADMITTED' });
    await tell(ROOM);
    expect(bodies().at(-1)?.body).toContain('was turned away by @alice:x');
  });

  test('a message that cannot be said holds back no other, and is given up when nobody waits any more', async () => {
    const request = matrix.client.request.bind(matrix.client);
    let refused = '';
    Object.assign(matrix.client, {
      request: (...args: Parameters<typeof request>) =>
        refused !== '' && args[1].includes(refused)
          ? Promise.reject(new MatrixError(403, 'M_FORBIDDEN'))
          : request(...args),
    });
    await store.ask(BOB);
    await tell(ROOM);
    refused = (await store.notices(ROOM))[0]?.id ?? '';
    await store.forget(BOB);
    await store.ask(CAROL);
    await expect(tell(ROOM)).rejects.toMatchObject({ status: 403 });
    expect(bodies().at(-1)?.body).toContain('@carol:partner waits');
    expect(await store.notices(ROOM)).toHaveLength(1);
  });

  test('a message that was sent but not noted is not sent again', async () => {
    await store.ask(BOB);
    await tell(ROOM);
    await sql`update lobby_notices set event_id = null, said = ''`.execute(database);
    await tell(ROOM);
    expect(bodies()).toHaveLength(1);
  });
});
