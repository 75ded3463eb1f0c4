import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { transcriptDocumentSchema } from '@palabre/protocol';
import { sql, type QueryId } from 'kysely';
import { MatrixError, MatrixUnreachable } from '../appservice/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { ALICE, createFakeWorld, PCM, ROOM, type FakeWorld } from './fake-world.ts';

// Milliseconds on a machine that is free; the machine may not be.
jest.setTimeout(60_000);

let world: FakeWorld;
let database: string;
beforeAll(async () => {
  database = await emptyDatabase();
});
beforeEach(async () => {
  world = await createFakeWorld(database);
});
afterEach(() => world.close());

test('a start that comes again after a crash is not obeyed twice, though it was stopped since', async () => {
  const again = () => world.scribe.command(ROOM, ALICE, { action: 'start', what: 'transcription' }, 'one command');
  await again();
  await world.listening();
  await again();
  await world.command('stop');
  await world.scribeLeft();
  const runs = world.children.all.length;
  await again();
  await world.restart();
  await again();
  expect(world.children.all).toHaveLength(runs);
  expect(world.phases()?.transcription.phase).toBe('off');
});

test('a start that failed, though it was written down, is not taken up by a successor', async () => {
  const starts = new WeakSet<QueryId>();
  let deaf = true;
  // The database commits, and nobody hears of it.
  const database = world.database.withPlugin({
    transformQuery: ({ node, queryId }) => {
      const into = node.kind === 'InsertQueryNode' ? node.into?.table.identifier.name : undefined;
      if (into === 'scribe_job' && deaf) starts.add(queryId);
      return node;
    },
    transformResult: ({ queryId, result }) => {
      if (!starts.has(queryId)) return Promise.resolve(result);
      deaf = false;
      return Promise.reject(new Error('Query read timeout'));
    },
  });
  await world.restart({ database });
  const again = () => world.scribe.command(ROOM, ALICE, { action: 'start', what: 'recording' }, 'one command');
  await expect(again()).rejects.toThrow('Query read timeout');
  await world.scribeLeft();
  const { rows } = await sql`select id from scribe_job`.execute(world.database);
  expect(rows).toEqual([]);
  await world.restart();
  expect(world.children.all).toEqual([]);
  // The inbox brings it again.
  await again();
  await world.drawing();
});

test('a start that failed and comes again at once is begun, whatever the first one left', async () => {
  const { schema } = world.database;
  await schema.alterTable('scribe_job').renameTo('away').execute();
  const again = () => world.scribe.command(ROOM, ALICE, { action: 'start', what: 'transcription' }, 'one command');
  // The database is away for a while; what may have been written is forgotten when it is back.
  await expect(again()).rejects.toThrow();
  await schema.alterTable('away').renameTo('scribe_job').execute();
  await again();
  await world.listening();
});

test('a child that dies is replaced: membership cleared, device removed, gap named', async () => {
  await world.command('start');
  const first = await world.listening();
  await world.speak(first);
  first.die();
  const second = await world.until(
    () => (world.child()?.listening() === true && world.child() !== first ? world.child() : undefined),
    'successor',
  );
  expect(world.home.cleared).toEqual([first.config()?.deviceId]);
  expect(world.home.devices.has(first.config()?.deviceId ?? '')).toBe(false);
  await world.speak(second);
  await world.command('stop');
  await world.scribeLeft();
  const [text] = world.blocks().filter((block) => block.kind === 'transcript');
  expect(text?.gaps.map(({ reason }) => reason)).toEqual(['scribe_restarted']);
  expect(text?.lines).toHaveLength(1);
  expect(text?.lines?.[0]?.text.match(/budget/g)).toHaveLength(2);
});

test('a child that cannot start is tried again, then given up and told', async () => {
  world.children.failing.add('boot');
  await world.command('start');
  await world.until(() => world.phases()?.transcription.phase === 'failed', 'failed');
  expect(world.children.all.length).toBeGreaterThan(2);
  world.children.failing.clear();
  await world.scribeLeft();
  expect(world.blocks().flatMap((block) => (block.kind === 'notice' ? [block.code] : []))).toContain('scribe_failed');
});

test('the bridge dies in mid-call: the successor goes on in the same thread and keeps what was said', async () => {
  await world.command('start');
  await world.speak(await world.listening());
  await world.restart();
  const second = await world.until(
    () => (world.children.all.length === 2 && world.child()?.listening() === true ? world.child() : undefined),
    'successor',
  );
  await world.speak(second);
  await world.command('stop');
  await world.scribeLeft();
  expect(world.kinds()).toEqual([
    'meeting',
    'transcript text',
    'transcript txt',
    'transcript vtt',
    'transcript json',
    'minutes',
  ]);
  const [text] = world.blocks().filter((block) => block.kind === 'transcript');
  expect(text?.gaps).toHaveLength(1);
});

test('the bridge dies in mid-recording, after a pause: call and room count on from the same moment', async () => {
  const card = () => {
    const first = world.blocks().flatMap((block) => (block.kind === 'meeting' ? [block] : []));
    return [...first, ...world.meetingEdits()].at(-1)?.recording;
  };
  await world.command('start', 'recording');
  await world.recordingOn();
  await world.command('pause', 'recording');
  await world.until(() => card()?.phase === 'paused', 'the room sees the pause');
  await world.command('resume', 'recording');
  await world.recordingOn();
  await world.until(() => card()?.phase === 'on', 'the room sees that it goes on');
  const sinceMs = world.phases()?.recording.since_ms ?? Number.NaN;
  expect(card()?.since_ms).toBe(sinceMs);
  await (await world.drawing()).parent.chunk('picture', Buffer.from('film'));

  const told = world.metadata.length;
  await world.restart();
  await world.until(() => world.metadata.length > told && world.phases()?.recording.phase === 'on', 'it goes on');
  const after = world.metadata.slice(told).map(({ recording }) => recording);
  expect(new Set(after.map(({ phase }) => phase))).toEqual(new Set(['starting', 'on']));
  // Rounded anew.
  for (const { since_ms: since } of after) expect(Math.abs((since ?? Number.NaN) - sinceMs)).toBeLessThanOrEqual(1);
  await world.command('stop', 'recording');
  await world.scribeLeft();
  const film = world.blocks().find((block) => block.kind === 'recording');
  expect(film).toMatchObject({ pauses: [{}], gaps: [{ reason: 'scribe_restarted' }] });
  expect(card()).toBeUndefined();
});

test('a command that comes before the successor is ready waits, and no second run is opened', async () => {
  await world.command('start');
  await world.listening();
  await world.scribe.close();
  world.scribe = world.startScribe();
  const early = expect(world.command('start')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
  await world.scribe.resume();
  await early;
  await world.listening();
  expect(world.children.all).toHaveLength(2);
  await world.command('stop');
  await world.scribeLeft();
});

test('the bridge dies while it posts, at any message: everything is posted once', async () => {
  await world.command('start');
  await world.speak(await world.listening());
  await world.command('stop');
  for (let deaths = 0; deaths < 4; deaths += 1) {
    await world.until(() => world.home.matrix.sent.length > deaths, 'one more message');
    await world.restart();
  }
  await world.scribeLeft();
  expect(world.kinds()).toEqual([
    'meeting',
    'transcript text',
    'transcript txt',
    'transcript vtt',
    'transcript json',
    'minutes',
  ]);
});

test.each(['before', 'after'])(
  'the bridge dies while it posts the parts of a transcript: each line is in one of them, though messages were listed only %s',
  async (when) => {
    let isListed = when === 'before';
    let isAway = true;
    let tried = 0;
    let startMs = 0;
    const request = world.home.client.request.bind(world.home.client);
    Object.assign(world.home.client, {
      request: (...[method, path, options]: Parameters<typeof request>) => {
        if (path.endsWith('/messages')) {
          const chunk = Array.from({ length: 60 }, (_, i) => ({
            event_id: `$chat${i}`,
            sender: ALICE,
            origin_server_ts: startMs + i,
            content: { msgtype: 'm.text' },
          }));
          return isListed ? Promise.resolve({ chunk }) : Promise.reject(new MatrixError(502, 'M_UNKNOWN'));
        }
        const isPart = path.includes('/send/') && JSON.stringify(options?.body).includes('"kind":"transcript"');
        if (!isPart || !isAway) return request(method, path, options);
        tried += 1;
        return Promise.reject(new MatrixUnreachable('away'));
      },
    });
    await world.command('start');
    const { parent } = await world.listening();
    startMs = Date.now();
    for (let i = 0; i < 120; i += 1) {
      const at = { startMs: startMs + i, endMs: startMs + i + 1 };
      await parent.utterance({ id: `u${i}`, userId: i % 2 === 0 ? ALICE : '@bob:hs', ...at, pcm: PCM, leadMs: 0 });
    }
    await world.until(() => Date.now() > startMs + 120, 'all of it is said');
    await world.command('stop');
    await world.until(() => tried > 0, 'the first part is on its way');
    isListed = !isListed;
    isAway = false;
    await world.restart();
    await world.scribeLeft();
    const parts = world.blocks().flatMap((block) => (block.kind === 'transcript' ? (block.lines ?? []) : []));
    const document = world.home.uploads.map(String).find((text) => text.startsWith('{')) ?? '';
    const { lines, marks } = transcriptDocumentSchema.parse(JSON.parse(document));
    expect(lines.length).toBe(120);
    expect(world.kinds().filter((kind) => kind === 'transcript text').length).toBeGreaterThan(1);
    expect(parts.map(({ id }) => id)).toEqual(lines.map(({ id }) => id));
    expect(marks.some(({ kind }) => kind === 'message')).toBe(when === 'before');
  },
);

test('a child that is only starting is killed when the bridge ends', async () => {
  world.children.hanging.add('boot');
  await world.command('start');
  await world.until(() => world.children.all.length > 0, 'a child');
  await world.scribe.close();
  expect(world.children.all.map(({ alive }) => alive())).toEqual([false]);
});
