import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PalabreError, type MinutesEdit, type MinutesFacts } from '@palabre/protocol';
import { sql } from 'kysely';
import type { FakeMatrix } from '../appservice/fake-matrix-client.ts';
import { createFakeAudit, type FakeAudit } from '../governance/fake-audit.ts';
import { createFakeRoom, ROOM, SCRIBE } from '../meetings/fake-room.ts';
import type { Membership } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { PublishRefused } from '../publishing/index.ts';
import { createDatabase, type Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import type { LanguageModel } from '../summary/index.ts';
import { createMinutes, minutesMigrations, type Minutes, type MinutesRequest } from './index.ts';

const ALICE = '@alice:x';
const REQUEST: MinutesRequest = {
  id: 'job',
  roomId: ROOM,
  runId: 'run',
  meetingId: 'meeting',
  meetingStartedMs: 1,
  facts: { started_ms: 1, duration_ms: 60_000, participants: [{ user_id: ALICE, name: 'Alice' }] },
  talk: {
    language: 'en',
    lines: [
      { userId: ALICE, name: 'Alice', startMs: 0, endMs: 900, text: 'We agreed on the secret budget of the building.' },
    ],
  },
};
const MODEL: LanguageModel = {
  endpoint: { baseUrl: 'http://x', model: 'small', operator: 'us', place: 'here', contextTokens: 8_000, timeoutMs: 1 },
  ask: () =>
    Promise.resolve({
      purpose: undefined,
      decisions: [{ text: 'The secret budget of the building.', lines: [1] }],
      actions: [],
      questions: [],
    }),
};
const DAY_MS = 86_400_000;
const KEEP_ALL: MinutesEdit = {
  purpose: '',
  decisions: [{ from: 0, text: 'The secret budget of the building.' }],
  actions: [],
  questions: [],
  extract: [],
};

let database: Database;
let matrix: FakeMatrix;
let membership: Membership;
let nowMs: number;
let published: { id: string; facts: MinutesFacts }[];
let refusing: boolean;
/** Meanwhile the homeserver fails for good there. */
let failingRoom: string | undefined;
/** Posting takes until then. */
let holding: Promise<void>;
let publishing: boolean;
let mayEnter: boolean;
let released: string[];
let waiting: number[];
let audit: FakeAudit;
let lines: readonly string[];
const opened: Minutes[] = [];

beforeAll(async () => {
  database = await createDatabase(await emptyDatabase(), { minutes: minutesMigrations }, createFakeOperations().log);
});
afterAll(() => database.destroy());
beforeEach(async () => {
  await sql`truncate minutes_room, minutes_draft`.execute(database);
  nowMs = 1_800_000_000_000;
  ({ matrix, membership } = createFakeRoom(() => nowMs));
  published = [];
  refusing = false;
  failingRoom = undefined;
  holding = Promise.resolve();
  publishing = false;
  mayEnter = true;
  released = [];
  waiting = [];
  audit = createFakeAudit();
});
afterEach(async () => {
  for (const minutes of opened.splice(0)) await minutes.close();
});

function open(model: LanguageModel | 'none' = MODEL): Minutes {
  const operations = createFakeOperations();
  ({ lines } = operations);
  const minutes = createMinutes({
    database,
    client: matrix.client,
    serverName: 'x',
    scribeUserId: SCRIBE,
    model: model === 'none' ? undefined : model,
    // Reversed, so that what lies open is seen.
    sealer: {
      seal: (bytes, context) => Buffer.concat([Buffer.from(context.slice(-1)), Buffer.from(bytes).reverse()]),
      open: (bytes) => Buffer.from(bytes.slice(1)).reverse(),
    },
    audit,
    rightsNow: membership.rightsNow,
    namesIn: () => Promise.resolve(new Map([[ALICE, 'Alice']])),
    enter: () =>
      mayEnter ? Promise.resolve() : Promise.reject(new PalabreError('PALABRE_SCRIBE_ABSENT', 'invite the scribe')),
    publish: async ({ id, roomId, facts }) => {
      publishing = true;
      await holding;
      if (roomId === failingRoom) throw new Error('a fault');
      if (refusing) throw new PublishRefused('M_FORBIDDEN');
      published.push({ id, facts });
      return true;
    },
    forget: () => Promise.resolve(),
    release: (roomId) => {
      released.push(roomId);
      return Promise.resolve();
    },
    onWaiting: (_roomId, count) => waiting.push(count),
    language: 'en',
    log: operations.log,
    now: () => nowMs,
    pausesMs: [5],
  });
  opened.push(minutes);
  return minutes;
}
async function until<T>(what: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await what();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error('it did not come about');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const notices = (): string[] =>
  matrix.sent.map(({ content }) => {
    const { body, 'm.new_content': next } = content as { body: string; 'm.new_content'?: { body: string } };
    return next?.body ?? body;
  });
const draft = (minutes: Minutes) => until(async () => (await minutes.list(ROOM, ALICE)).drafts[0]);
const wait = async (minutes: Minutes) => {
  await minutes.obey(ROOM, ALICE, { action: 'mode', mode: 'draft' });
  await minutes.take(REQUEST);
  return draft(minutes);
};

describe('minutes', () => {
  test('follow what was decided before the room was upgraded, until somebody decides anew', async () => {
    const minutes = open();
    await minutes.obey(ROOM, ALICE, { action: 'mode', mode: 'draft' });
    const next = matrix.createRoom('!next:x', ALICE);
    next.state.set('m.room.create\0', { sender: ALICE, content: { predecessor: { room_id: ROOM } } });
    next.members.set(SCRIBE, 'join');
    await minutes.take({ ...REQUEST, roomId: '!next:x' });
    await until(async () => (await sql`select 1 from minutes_draft where state = 'waiting'`.execute(database)).rows[0]);
    expect(published).toEqual([]);
    next.members.set('@palabre:x', 'join');
    next.members.delete(SCRIBE);
    await minutes.obey('!next:x', ALICE, { action: 'mode', mode: 'post' });
    await minutes.take({ ...REQUEST, id: 'other', roomId: '!next:x' });
    await until(() => published.length === 1);
  });

  test('that somebody discarded do not come back in a room that is upgraded', async () => {
    const minutes = open();
    const { id, revision } = await wait(minutes);
    await minutes.obey(ROOM, ALICE, { action: 'discard', id, revision });
    expect(await minutes.take({ ...REQUEST, roomId: '!next:x' })).toBe(true);
    expect(minutes.worksIn('!next:x')).toBe(false);
  });

  test('are cut to what one message holds', async () => {
    const participants = Array.from({ length: 2_000 }, (_, index) => ({
      user_id: `@user${index}:x`,
      name: 'Somebody',
    }));
    await open().take({ ...REQUEST, facts: { ...REQUEST.facts, participants } });
    await until(() => published.length === 1);
    expect(published[0]?.facts.shortened).toBe(true);
  });

  test('without a model and without drafts nothing is taken', async () => {
    expect(await open('none').take(REQUEST)).toBe(false);
  });

  test('are made once and posted at once; the scribe is needed until then', async () => {
    const minutes = open();
    expect(await minutes.take(REQUEST)).toBe(true);
    expect(minutes.worksIn(ROOM)).toBe(true);
    await until(() => released.length > 0);
    expect(minutes.worksIn(ROOM)).toBe(false);
    expect(await minutes.take(REQUEST)).toBe(true);
    await until(() => published.length === 1);
    expect(published[0]?.facts).toMatchObject({
      method: 'model',
      model: 'small',
      decisions: [{ text: 'The secret budget of the building.', sources: [{ user_id: ALICE, start_ms: 0 }] }],
      edited: false,
    });
    expect(notices()).toEqual([]);
  });

  test('what a process that died left is made by the next', async () => {
    let asked = 0;
    const dying = open({
      ...MODEL,
      ask: (_prompt, _most, signal) => {
        asked += 1;
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      },
    });
    await dying.take(REQUEST);
    await until(() => asked === 1);
    await dying.close();
    expect(published).toEqual([]);
    await open().start();
    await until(() => published.length === 1);
  });

  test('a room to which nothing can be posted holds up no other', async () => {
    failingRoom = '!failing:x';
    const minutes = open();
    await minutes.take({ ...REQUEST, id: 'first', roomId: failingRoom });
    await minutes.take(REQUEST);
    await until(() => published.length === 1);
    expect(minutes.worksIn(failingRoom)).toBe(true);
  });

  test('a room that refuses them gets a draft', async () => {
    refusing = true;
    const minutes = open();
    await minutes.take(REQUEST);
    await draft(minutes);
    await until(() => notices()[0]?.includes('could not be posted'));
  });
});

describe('a draft', () => {
  test('is told without its words, sealed, and seen by moderators of this server alone', async () => {
    const minutes = open();
    const { minutes: block, revision } = await wait(minutes);
    expect(block.decisions).toHaveLength(1);
    await until(() => notices()[0]?.includes('wait for approval'));
    const { rows } = await sql<{ body: Buffer }>`select body from minutes_draft`.execute(database);
    const everywhere = [...notices(), ...lines, rows[0]?.body.toString() ?? ''].join('\n');
    expect(everywhere).not.toContain('secret');
    expect(everywhere).not.toContain('budget');
    matrix.rooms.get(ROOM)?.members.set('@mod:partner', 'join');
    matrix.rooms.get(ROOM)?.state.set('m.room.power_levels\0', {
      sender: ALICE,
      content: { users: { [ALICE]: 100, '@mod:partner': 100 } },
    });
    for (const other of ['@bob:x', '@mod:partner', '@stranger:x']) {
      await expect(minutes.list(ROOM, other)).rejects.toThrow(PalabreError);
      const command = { action: 'approve', id: 'job', revision, edit: KEEP_ALL } as const;
      await expect(minutes.obey(ROOM, other, command)).rejects.toThrow(PalabreError);
    }
    expect(published).toEqual([]);
  });

  test('is edited, approved under the name of who did, and posted', async () => {
    const minutes = open();
    const { id, revision } = await wait(minutes);
    const edit = {
      ...KEEP_ALL,
      purpose: 'The building',
      decisions: [{ from: 0, text: 'The budget of the building is decided.' }],
      actions: [{ from: null, text: 'Tell the council', who: 'Bob', due: '' }],
    };
    await minutes.obey(ROOM, ALICE, { action: 'save', id, revision, edit });
    const saved = await draft(minutes);
    expect(saved.minutes.edited).toBe(true);
    const again = {
      ...edit,
      decisions: [{ from: 0, text: 'The budget of the building is decided.' }],
      actions: [{ from: 0, text: 'Tell the council', who: 'Bob', due: '' }],
    };
    await minutes.obey(ROOM, ALICE, { action: 'approve', id, revision: saved.revision, edit: again });
    await until(() => published.length === 1);
    expect(published[0]?.facts).toMatchObject({
      edited: true,
      approved_by: { user_id: ALICE, name: 'Alice' },
      purpose: { text: 'The building', sources: [] },
      decisions: [{ text: 'The budget of the building is decided.', sources: [{ start_ms: 0 }] }],
      actions: [{ text: 'Tell the council', who: 'Bob', sources: [] }],
    });
    expect(published[0]?.facts.actions[0]).not.toHaveProperty('due');
    await until(() => notices().some((text) => text.includes('approved by Alice')));
    await until(() => waiting.at(-1) === 0);
  });

  test('left as it is, it is not called edited', async () => {
    const minutes = open();
    const { id, revision } = await wait(minutes);
    await minutes.obey(ROOM, ALICE, { action: 'approve', id, revision, edit: KEEP_ALL });
    await until(() => published.length === 1);
    expect(published[0]?.facts.edited).toBe(false);
  });

  test('of two moderators the faster one counts', async () => {
    const minutes = open();
    const { id, revision } = await wait(minutes);
    const command = { action: 'approve', id, revision, edit: KEEP_ALL } as const;
    const outcomes = await Promise.allSettled([minutes.obey(ROOM, ALICE, command), minutes.obey(ROOM, ALICE, command)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await until(() => published.length > 0);
    await expect(minutes.obey(ROOM, ALICE, { action: 'discard', id, revision })).rejects.toThrow('Somebody else');
    await minutes.close();
    expect(published).toHaveLength(1);
  });

  test('stays where the scribe cannot come in yet', async () => {
    const minutes = open();
    const { id, revision } = await wait(minutes);
    mayEnter = false;
    const command = { action: 'approve', id, revision, edit: KEEP_ALL } as const;
    await expect(minutes.obey(ROOM, ALICE, command)).rejects.toThrow('invite the scribe');
    mayEnter = true;
    await minutes.obey(ROOM, ALICE, command);
    await until(() => published.length === 1);
  });

  test('of another room is not found', async () => {
    const minutes = open();
    await wait(minutes);
    matrix.createRoom('!other:x', ALICE).members.set('@palabre:x', 'join');
    await expect(minutes.obey('!other:x', ALICE, { action: 'discard', id: 'job', revision: 2 })).rejects.toThrow(
      'no such draft',
    );
  });

  test('too long for a message is refused before anything is promised', async () => {
    const minutes = open();
    const { id, revision } = await wait(minutes);
    const edit = { ...KEEP_ALL, questions: Array.from({ length: 30 }, () => ({ from: null, text: 'x'.repeat(900) })) };
    await expect(minutes.obey(ROOM, ALICE, { action: 'approve', id, revision, edit })).rejects.toThrow('too long');
    expect((await draft(minutes)).revision).toBe(revision);
  });

  test('is discarded by a moderator, and its words with it', async () => {
    const minutes = open();
    const { id, revision } = await wait(minutes);
    await minutes.obey(ROOM, ALICE, { action: 'discard', id, revision });
    expect((await minutes.list(ROOM, ALICE)).drafts).toEqual([]);
    const { rows } = await sql<{ body: unknown }>`select body from minutes_draft`.execute(database);
    expect(rows).toEqual([{ body: null }]);
    await until(() => notices().some((text) => text.includes('discarded by Alice')));
  });

  test('that nobody approves is deleted after two weeks, and the room is told', async () => {
    const first = open();
    await wait(first);
    nowMs += 13 * DAY_MS;
    await first.start();
    await draft(first);
    nowMs += 2 * DAY_MS;
    const second = open();
    await second.start();
    await until(() => notices().some((text) => text.includes('nobody approved it')));
    expect((await second.list(ROOM, ALICE)).drafts).toEqual([]);
    expect(audit.rows.at(-1)).toMatchObject({ action: 'minutes.delete', means: 'server', meetingId: 'meeting' });
  });

  test('that a moderator approves in the moment in which it runs out is not said to be deleted', async () => {
    const minutes = open();
    const { id, revision } = await wait(minutes);
    nowMs += 15 * DAY_MS;
    const fair = audit.during.bind(audit);
    audit.during = async (action, work) => {
      const isExpiry = action.action === 'minutes.delete';
      if (isExpiry) await minutes.obey(ROOM, ALICE, { action: 'approve', id, revision, edit: KEEP_ALL });
      return fair(action, work);
    };
    await open().start();
    await until(() => published.length === 1);
    expect(audit.rows.filter(({ action }) => action === 'minutes.delete').at(-1)).toMatchObject({
      outcome: 'refused',
      code: 'PALABRE_WRONG_STATE',
    });
    expect(notices().some((text) => text.includes('nobody approved it'))).toBe(false);
  });

  test('goes with the transcript it was made of', async () => {
    const minutes = open();
    await wait(minutes);
    await minutes.deletable.delete({ kind: 'recording', meetingId: 'meeting', jobId: 'job' });
    await minutes.deletable.delete({ kind: 'transcript', meetingId: 'meeting', jobId: 'other' });
    await draft(minutes);
    await minutes.deletable.delete({ kind: 'transcript', meetingId: 'meeting', jobId: 'job' });
    expect((await minutes.list(ROOM, ALICE)).drafts).toEqual([]);
    await until(() => notices().some((text) => text.includes('together with what it was made of')));
  });

  test('that cannot be opened any more hides no other', async () => {
    const minutes = open();
    await wait(minutes);
    await minutes.take({ ...REQUEST, id: 'second' });
    await until(async () => (await minutes.list(ROOM, ALICE)).drafts.length === 2);
    await sql`update minutes_draft set body = 'x' where id = 'job'`.execute(database);
    expect((await minutes.list(ROOM, ALICE)).drafts.map(({ id }) => id)).toEqual(['second']);
  });

  test('taken back between two attempts to post them, they are not posted', async () => {
    failingRoom = ROOM;
    const minutes = open();
    await minutes.take(REQUEST);
    await until(() => lines.some((line) => line.includes('minutes are posted later')));
    const taken = () => minutes.deletable.delete({ kind: 'meeting', meetingId: 'meeting', jobId: undefined });
    await until(() =>
      taken().then(
        () => true,
        () => false,
      ),
    );
    failingRoom = undefined;
    await until(() => !minutes.worksIn(ROOM));
    expect(published).toEqual([]);
  });

  test('a deletion is not done while they appear in the room, or move on', async () => {
    const held = Promise.withResolvers<undefined>();
    holding = held.promise;
    const minutes = open();
    const taken = () => minutes.deletable.delete({ kind: 'meeting', meetingId: 'meeting', jobId: undefined });
    await minutes.take(REQUEST);
    await until(() => publishing);
    await expect(taken()).rejects.toThrow('being posted');
    await expect(taken()).rejects.toThrow('being posted');
    held.resolve(undefined);
    await until(() => published.length === 1 && !minutes.worksIn(ROOM));
    await taken();

    await minutes.obey(ROOM, ALICE, { action: 'mode', mode: 'draft' });
    await minutes.take({ ...REQUEST, id: 'other' });
    await draft(minutes);
    const deleting = await database.transaction().execute(async (trx) => {
      await sql`update minutes_draft set revision = revision + 1 where id = 'other'`.execute(trx);
      const outcome = taken().then(
        () => 'done',
        () => 'tried again',
      );
      await until(
        async () =>
          (await sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'`.execute(database)).rows[0],
      );
      return { outcome };
    });
    expect(await deleting.outcome).toBe('tried again');
    await taken();
    expect((await minutes.list(ROOM, ALICE)).drafts).toEqual([]);
  });

  test('every decision is in the audit trail', async () => {
    const minutes = open();
    const { id, revision } = await wait(minutes);
    const command = { action: 'approve', id, revision, edit: KEEP_ALL } as const;
    await expect(minutes.obey(ROOM, '@bob:x', command)).rejects.toThrow(PalabreError);
    await minutes.obey(ROOM, ALICE, command);
    expect(audit.rows.map(({ action, userId, outcome }) => [action, userId, outcome])).toEqual([
      ['room.setting', ALICE, 'accepted'],
      ['minutes.approve', '@bob:x', 'refused'],
      ['minutes.approve', ALICE, 'accepted'],
    ]);
    expect(audit.rows.at(-1)).toMatchObject({ meetingId: 'meeting', means: 'button', roomId: ROOM });
  });

  test('is no older than the messages of its room', async () => {
    const minutes = open();
    await wait(minutes);
    expect(await minutes.artefacts.holdsBefore(ROOM, nowMs)).toBe(false);
    expect(await minutes.artefacts.holdsBefore(ROOM, nowMs + 1)).toBe(true);
    await minutes.artefacts.deleteBefore(ROOM, nowMs + 1);
    expect((await minutes.list(ROOM, ALICE)).drafts).toEqual([]);
  });
});
