import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MatrixError, MatrixUnreachable, type MatrixClient, type MatrixRequest } from '../appservice/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createSealer, newMeetingKey } from '../scribe/sealing.ts';
import { createDatabase, type Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { createOutbox, isUnsent, PublishRefused, publishingMigrations, type PublishingTables } from './outbox.ts';

const ROOM = '!room:hs';
const SCRIBE = '@palabre-scribe:hs';
const HOURS = 3_600_000;

/** A homeserver's room that takes messages once for each transaction id and device, as Synapse does, and forgets ids. */
function createRoom() {
  const events: { event_id: string; sender: string; type: string; content: Record<string, unknown> }[] = [];
  let known = new Map<string, string>();
  let failures: Error[] = [];
  let requests = 0;
  const client: MatrixClient = {
    request: (method: string, path: string, options: MatrixRequest = {}) => {
      requests += 1;
      const [, , , , , , what, type = '', txnId = ''] = path.split('/');
      if (method === 'GET' && what === 'messages') return Promise.resolve({ chunk: events.toReversed() });
      if (method !== 'PUT' || what !== 'send') return Promise.reject(new MatrixError(404, 'M_UNRECOGNIZED'));
      const failure = failures.shift();
      // The event may have arrived although the answer did not.
      const lost = failure instanceof MatrixUnreachable;
      if (failure !== undefined && !lost) return Promise.reject(failure);
      const key = `${String(options.asDevice)} ${txnId}`;
      const eventId = known.get(key) ?? `$event${events.length}`;
      if (!known.has(key)) {
        const content = JSON.parse(JSON.stringify(options.body)) as Record<string, unknown>;
        events.push({ event_id: eventId, sender: String(options.asUser), type, content });
      }
      known.set(key, eventId);
      return lost ? Promise.reject(failure) : Promise.resolve({ event_id: eventId });
    },
    close: () => Promise.resolve(),
  };
  return {
    client,
    events,
    requests: () => requests,
    fail: (...errors: Error[]) => (failures = errors),
    forgetTransactions: () => (known = new Map()),
  };
}

let database: Database;
beforeAll(async () => {
  const { log } = createFakeOperations();
  database = await createDatabase(await emptyDatabase(), { publishing: publishingMigrations }, log);
});
afterAll(() => database.destroy());

const key = newMeetingKey();

function outboxOf(
  runId: string,
  client: MatrixClient,
  now: () => number = () => Date.now(),
  signal = new AbortController().signal,
  fits = () => true,
) {
  return createOutbox({
    db: database.$extendTables<PublishingTables>(),
    client,
    sealer: createSealer(key),
    runId,
    roomId: ROOM,
    userId: SCRIBE,
    deviceId: 'PUBLISHER',
    fits: () => Promise.resolve(fits()),
    now,
    signal,
    onTrouble: () => undefined,
  });
}

const message = (body: string) => () =>
  Promise.resolve({ type: 'm.room.message', content: { body, msgtype: 'm.notice' } });

describe('outbox', () => {
  test('posts once for each key, whoever asks, and never builds again', async () => {
    const room = createRoom();
    const first = await outboxOf('once', room.client).post('once:a', message('hello'));
    const again = await outboxOf('once', room.client).post('once:a', () => Promise.reject(new Error('not again')));
    expect(again).toBe(first);
    expect(room.events.map(({ content }) => content['body'])).toEqual(['hello']);
  });

  test('content that was stored before a crash is what a successor sends', async () => {
    const room = createRoom();
    const crash = new AbortController();
    room.fail(...Array.from({ length: 20 }, () => new MatrixError(503, 'M_UNKNOWN')));
    const dying = outboxOf('crash', room.client, undefined, crash.signal).post('crash:a', message('first wording'));
    setTimeout(() => crash.abort(), 100);
    await expect(dying).rejects.toThrow();
    room.fail();
    await outboxOf('crash', room.client).post('crash:a', message('second wording'));
    expect(room.events.map(({ content }) => content['body'])).toEqual(['first wording']);
  });

  test('what must not be sent any more once it is stored is neither sent nor kept', async () => {
    const room = createRoom();
    const outbox = outboxOf('stands', room.client);
    let wasStored = false;
    const mustStand = async () => {
      wasStored = await isUnsent(database.$extendTables<PublishingTables>(), 'stands:a');
      throw new Error('taken back');
    };
    await expect(outbox.post('stands:a', message('hello'), mustStand)).rejects.toThrow('taken back');
    expect([wasStored, await outbox.knows('stands:a'), room.requests()]).toEqual([true, false, 0]);
    // Nobody knows whether one that was tried has arrived.
    room.fail(new MatrixError(403, 'M_FORBIDDEN'));
    await expect(outbox.post('stands:b', message('hello'))).rejects.toThrow(PublishRefused);
    room.fail();
    await outbox.post('stands:b', message('hello'), mustStand);
    expect(room.events).toHaveLength(1);
  });

  test('an answer that was lost leads to no second event', async () => {
    const room = createRoom();
    room.fail(new MatrixUnreachable('gone'));
    await outboxOf('lost', room.client).post('lost:a', message('hello'));
    expect(room.events).toHaveLength(1);
  });

  test('after a day, when transaction ids are forgotten, the room is looked at first', async () => {
    const room = createRoom();
    const crash = new AbortController();
    room.fail(new MatrixUnreachable('gone'));
    const dying = outboxOf('day', room.client, () => 0, crash.signal).post('day:a', message('hello'));
    setTimeout(() => crash.abort(), 100);
    await expect(dying).rejects.toThrow();
    expect(room.events).toHaveLength(1);
    room.forgetTransactions();
    room.fail();
    const eventId = await outboxOf('day', room.client, () => 30 * HOURS).post('day:a', message('ignored'));
    expect(eventId).toBe('$event0');
    expect(room.events).toHaveLength(1);
  });

  test('a refusal is final and is said to be one', async () => {
    const room = createRoom();
    room.fail(new MatrixError(403, 'M_FORBIDDEN'));
    await expect(outboxOf('refused', room.client).post('refused:a', message('hello'))).rejects.toThrow(PublishRefused);
  });

  test('a homeserver that takes nothing for long is left alone for now, and what was stored is sent later', async () => {
    const room = createRoom();
    let nowMs = 0;
    const failing = Array.from({ length: 3 }, () => new MatrixError(500, 'M_UNKNOWN'));
    room.fail(...failing);
    const later = () => (nowMs += 6 * 60_000);
    await expect(outboxOf('late', room.client, later).post('late:a', message('hello'))).rejects.toThrow('500');
    room.fail();
    await outboxOf('late', room.client, () => nowMs).post('late:a', message('ignored'));
    expect(room.events.map(({ content }) => content['body'])).toEqual(['hello']);
  });

  test('what was stored in a form that no longer suits the room, and never tried, is built anew', async () => {
    const room = createRoom();
    const closed = AbortSignal.abort();
    const stopped = outboxOf(
      'form',
      { ...room.client, request: () => Promise.reject(new Error('ends')) },
      undefined,
      closed,
    );
    await expect(stopped.post('form:tried', message('tried'))).rejects.toThrow();
    const table = database.$extendTables<PublishingTables>();
    await expect(stopped.post('form:new', message('plain'))).rejects.toThrow();
    await table.updateTable('publication').set({ first_attempt_ms: null }).where('key', '=', 'form:new').execute();
    const outbox = outboxOf('form', room.client, undefined, undefined, () => false);
    await outbox.post('form:tried', message('again'));
    await outbox.post('form:new', message('encrypted'));
    expect(room.events.map(({ content }) => content['body'])).toEqual(['tried', 'encrypted']);
  });

  test('content lies sealed in the database, and goes when the run is forgotten', async () => {
    const room = createRoom();
    const outbox = outboxOf('sealed', room.client);
    await outbox.post('sealed:a', message('the secret minutes'));
    const rows = () =>
      database
        .$extendTables<PublishingTables>()
        .selectFrom('publication')
        .selectAll()
        .where('run_id', '=', 'sealed')
        .execute();
    expect((await rows()).map(({ body }) => body.includes('secret'))).toEqual([false]);
    await outbox.forget();
    expect(await rows()).toEqual([]);
  });
});
