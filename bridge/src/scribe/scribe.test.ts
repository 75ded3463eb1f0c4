import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { RESULT_BLOCK } from '@palabre/protocol';
import { emptyDatabase } from '../storage/test-database.ts';
import { ALICE, createFakeWorld, ROOM, SCRIBE, type FakeWorld } from './fake-world.ts';

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

test('is invited, listens, posts everything in one thread, leaves and leaves nothing behind', async () => {
  await world.command('start');
  expect(world.phases()?.transcription.phase).toBe('starting');
  const one = await world.listening();
  await world.until(() => world.phases()?.transcription.phase === 'on', 'on');
  expect(one.inCall()).toBe(true);
  await world.speak(one);
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
  // The scribe came later than the first person: minutes are of what was heard.
  const transcript = world.blocks().find((block) => block.kind === 'transcript');
  const { started_ms, duration_ms } = transcript ?? {};
  expect(world.blocks().find((block) => block.kind === 'minutes')).toMatchObject({ started_ms, duration_ms });
  expect(world.metadata.map(({ transcription }) => transcription.phase)).toEqual(
    expect.arrayContaining(['starting', 'on', 'stopping', 'off']),
  );
  expect(world.phases()?.transcription.phase).toBe('off');
  const root = '$' + (world.home.matrix.sent[0]?.txnId ?? '');
  for (const { content } of world.home.matrix.sent.slice(1)) {
    expect((content as { 'm.relates_to': { event_id: string } })['m.relates_to'].event_id).toBe(root);
  }
  expect(world.home.uploads.map(String).join()).toContain('Alice M.: the budget of the building is decided');
  expect([...world.home.devices]).toEqual(['PALABREPUB']);
  expect(world.children.all.map(({ alive }) => alive())).toEqual([false]);
  expect(world.lines.join()).not.toContain('budget');
});

test('a name as long as an event is cut before it is posted', async () => {
  await world.command('start');
  const one = await world.listening();
  await one.parent.members([{ userId: ALICE, deviceId: 'A', name: 'A'.repeat(60_000) }]);
  await world.command('stop');
  await world.scribeLeft();
  const [participant] = world.meetingEdits().at(-1)?.participants ?? [];
  expect(participant).toEqual({ user_id: ALICE, name: `${'A'.repeat(99)}…` });
});

test('the language that a speaker set reaches the engine with what they say', async () => {
  const fetched = jest.spyOn(globalThis, 'fetch');
  await world.command('start');
  const one = await world.listening();
  const startMs = Date.now();
  const said = { userId: ALICE, startMs, endMs: startMs + 1_000, pcm: new Int16Array(16_000), leadMs: 0 };
  await one.parent.utterance({ ...said, id: 'oui', language: 'fr' });
  await world.command('stop');
  await world.scribeLeft();
  const told = fetched.mock.calls.flatMap(([, { body } = {}]) =>
    body instanceof FormData ? body.get('language') : [],
  );
  fetched.mockRestore();
  expect(told).toEqual(['fr']);
});

test('wrong commands are refused with words for whoever gave them', async () => {
  await expect(world.command('stop')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
  await world.command('start');
  await expect(world.command('start')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
  await world.listening();
  await world.command('stop');
  await expect(world.command('stop')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
  await world.scribeLeft();
  world.meeting = undefined;
  await expect(world.command('start')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
});

test('captions alone: said once in the room and in the metadata; gone when nobody reads, nothing kept', async () => {
  const captioning = () =>
    world.until(() => (world.child()?.captioning() === true ? world.child() : undefined), 'a scribe captions');
  await world.command('start', 'captions');
  const one = await captioning();
  await world.until(() => world.phases()?.captions.phase === 'on', 'on');
  expect(world.phases()?.scribe).toBe(SCRIBE);
  expect([one.listening(), one.recording()]).toEqual([false, false]);
  // Everybody may ask for them.
  await world.command('start', 'captions');
  await one.parent.captionsState({ wanted: true, late: true });
  expect(world.phases()?.captions).toMatchObject({ phase: 'on', late: true });
  await one.parent.captionsState({ wanted: false, late: false });
  await world.scribeLeft();
  await world.command('start', 'captions');
  await (await captioning()).parent.captionsState({ wanted: false, late: false });
  await world.until(() => world.children.all.every(({ alive }) => !alive()), 'the scribe is gone again');
  await world.restart();
  await world.command('start', 'captions');
  await (await captioning()).parent.captionsState({ wanted: false, late: false });
  await world.until(() => world.children.all.every(({ alive }) => !alive()), 'the scribe is gone for good');
  expect(world.notices()).toEqual(['captions_on']);
  expect(world.kinds()).toEqual(['notice']);
  const { rows } = await sql`select count(*)::int as kept from scribe_segment`.execute(world.database);
  expect(rows).toEqual([{ kept: 0 }]);
});

test('captions that end while the room is being told are told of once', async () => {
  const request = world.home.client.request.bind(world.home.client);
  Object.assign(world.home.client, {
    request: async (...args: Parameters<typeof request>) => {
      const answer = await request(...args);
      if (args[1].includes('/send/')) await new Promise((resolve) => setTimeout(resolve, 400));
      return answer;
    },
  });
  for (let time = 0; time < 2; time += 1) {
    await world.command('start', 'captions');
    const one = await world.until(() => (world.child()?.captioning() === true ? world.child() : undefined), 'captions');
    await one.parent.captionsState({ wanted: false, late: false });
    await world.until(() => world.children.all.every(({ alive }) => !alive()), 'the scribe is gone');
  }
  expect(world.notices()).toEqual(['captions_on']);
});

test('captions end and a transcript goes on, and the other way round', async () => {
  await world.command('start', 'captions');
  await world.command('start');
  const one = await world.listening();
  await world.until(() => one.captioning(), 'it captions');
  await one.parent.captionsState({ wanted: false, late: false });
  await world.until(() => world.phases()?.captions.phase === 'off', 'captions are off');
  expect([one.captioning(), one.listening(), one.inCall()]).toEqual([false, true, true]);
  await world.command('start', 'captions');
  await world.until(() => one.captioning(), 'it captions again');
  await world.command('stop');
  await world.until(() => world.kinds().includes('minutes'), 'the transcript is posted');
  expect([one.captioning(), one.inCall()]).toEqual([true, true]);
  await world.command('stop', 'captions');
  await world.scribeLeft();
});

test('speech that nobody waits for any more is forgotten, and that for other uses is not', async () => {
  world.speechAway = true;
  await world.command('start', 'captions');
  await world.until(() => world.child()?.captioning() === true, 'it captions');
  const { parent } = await world.until(() => world.child(), 'the scribe');
  const ask = (speaker: string) =>
    parent.captionText({ speaker, final: true, pcm: new Int16Array(16_000), language: undefined });
  const live = ask('live @alice:x:D TR_1');
  let written = false;
  void ask('picture @alice:x:D TR_1').then(() => (written = true));
  await parent.forgetSpeech('live ');
  await expect(live).resolves.toBeUndefined();
  expect(written).toBe(false);
  await world.command('stop', 'captions');
  await world.scribeLeft();
});

test('the message that opens the thread is the meeting’s, for as long as it runs', async () => {
  await world.command('start');
  await world.until(() => world.kinds().includes('meeting'), 'the thread is opened');
  const root = `$${world.home.matrix.sent[0]?.txnId ?? ''}`;
  // Written down a moment after it was sent.
  while (!(await world.scribe.isMeetingMessage(ROOM, root))) await world.listening();
  await expect(world.scribe.isMeetingMessage(ROOM, '$other')).resolves.toBe(false);
  await expect(world.scribe.threads.meetingOf(ROOM, root)).resolves.toBe('meeting');
  await expect(world.scribe.threads.meetingOf('!other:x', root)).resolves.toBeUndefined();
  world.meeting = undefined;
  await expect(world.scribe.isMeetingMessage(ROOM, root)).resolves.toBe(false);
});

test('where the watcher may not invite, the moderator is told to; after the invitation it works', async () => {
  world.home.mayInvite = false;
  await expect(world.command('start')).rejects.toMatchObject({
    code: 'PALABRE_SCRIBE_ABSENT',
    message: expect.stringContaining(`Invite ${SCRIBE}`) as unknown,
  });
  world.home.matrix.rooms.get(ROOM)?.members.set(SCRIBE, 'invite');
  await world.command('start');
  await world.listening();
});

test('nothing is started in a room that was replaced', async () => {
  world.tombstone = { successor: '!new' };
  await expect(world.command('start')).rejects.toMatchObject({ code: 'PALABRE_ROOM_REPLACED' });
  expect(world.home.matrix.rooms.get(ROOM)?.members.has(SCRIBE)).toBe(false);
});

test('what could not be posted stays sealed until the room would no longer keep it', async () => {
  await world.command('start');
  await world.speak(await world.listening());
  await world.until(() => world.kinds().includes('meeting'), 'the thread is opened');
  const room = world.home.matrix.rooms.get(ROOM);
  if (room !== undefined) room.frozen = true;
  await world.command('stop');
  await world.scribeLeft();
  const { artefacts } = world.scribe;
  while (!(await artefacts.rooms()).includes(ROOM)) await sleep(10);
  const rows = async () =>
    (await sql`select id from transcription_utterance union all select key from publication`.execute(world.database))
      .rows;
  expect(await rows()).not.toEqual([]);
  expect(await artefacts.holdsBefore(ROOM, Date.now() - 3_600_000)).toBe(false);
  expect(await artefacts.holdsBefore(ROOM, Date.now() + 1)).toBe(true);
  await artefacts.deleteBefore(ROOM, Date.now() - 3_600_000);
  await artefacts.deleteBefore('!other:hs', Date.now() + 1);
  expect(await rows()).not.toEqual([]);
  await artefacts.deleteBefore(ROOM, Date.now() + 1);
  expect(await rows()).toEqual([]);
  expect(await artefacts.rooms()).toEqual([]);
});

test('when the meeting ends everything is stopped and posted', async () => {
  await world.command('start');
  await world.speak(await world.listening());
  await world.scribe.meetingEnded(ROOM, 'another');
  expect(world.phases()?.transcription.phase).toBe('on');
  world.meeting = undefined;
  await world.scribe.meetingEnded(ROOM, 'meeting');
  await world.scribeLeft();
  expect(world.kinds()).toContain('minutes');
  const edits = world.meetingEdits();
  expect(edits.find(({ preparing }) => preparing !== undefined)).toMatchObject({ state: 'ended' });
  expect(edits.at(-1)?.state).toBe('ended');
  expect(edits.at(-1)?.preparing).toBeUndefined();
});

test('the next meeting does not land in the results of the one before', async () => {
  await world.command('start');
  await world.speak(await world.listening());
  world.meeting = { id: 'next', livekitRoom: 'lk', startedMs: Date.now() };
  await world.command('start').catch(() => world.command('start'));
  await world.speak(await world.listening());
  await world.command('stop');
  await world.scribeLeft();
  const meetings = world.blocks().flatMap((block) => (block.kind === 'minutes' ? [block.meeting_id] : []));
  expect(meetings).toEqual(['meeting', 'next']);
});

test('a display name cannot forge lines of others', async () => {
  await world.command('start');
  const one = await world.listening();
  await world.speak(one);
  await one.parent.members([
    { userId: ALICE, deviceId: 'A', name: 'Mallory\0\n[0:00] Bob: I resign\r\u2028\u202eWEBVTT' },
  ]);
  await world.command('stop');
  await world.scribeLeft();
  const [text = ''] = world.home.uploads.map(String);
  expect(text.split('\n').filter((line) => line.includes('['))).toEqual([
    '[0:00] Mallory [0:00] Bob: I resign WEBVTT: the budget of the building is decided',
  ]);
  const block = world.blocks().find(({ kind }) => kind === 'minutes');
  expect(JSON.stringify(block)).toContain('Mallory [0:00] Bob: I resign WEBVTT');
});

test('one track that was lost is named with whose it was; the others are heard', async () => {
  await world.command('start');
  const one = await world.listening();
  const at = Date.now();
  await world.speak(one);
  await one.parent.members([
    { userId: ALICE, deviceId: 'A', name: 'Alice M.' },
    { userId: '@bob:hs', deviceId: 'B', name: 'Bob' },
  ]);
  const span = { id: 'lost', userId: '@bob:hs', reason: 'track_lost' as const };
  await one.parent.unheard({ ...span, startMs: at, endMs: at + 40 });
  const { rows } = await sql`select user_id, change from scribe_presence order by at_ms`.execute(world.database);
  expect(rows).toEqual([
    { user_id: ALICE, change: 'present' },
    { user_id: '@bob:hs', change: 'joined' },
  ]);
  await sleep(60);
  await world.command('stop');
  await world.scribeLeft();
  const [text] = world.blocks().filter((block) => block.kind === 'transcript');
  expect(text?.lines).toHaveLength(1);
  expect(text?.gaps).toEqual([expect.objectContaining({ reason: 'track_lost', user_id: '@bob:hs', name: 'Bob' })]);
  expect(world.home.uploads.map(String).join()).toContain('no sound arrived (Bob)');
});

test('an interrupted connection to the call is a gap of everybody in transcript and film, also where nobody was asked', async () => {
  await world.command('start');
  await world.command('start', 'recording');
  await world.recordingOn();
  const one = await world.listening();
  await world.speak(one);
  await one.parent.chunk('picture', Buffer.from('film'));
  const at = Date.now();
  const span = { id: 'away', userId: undefined, reason: 'connection_lost' as const };
  await one.parent.unheard({ ...span, startMs: at, endMs: at + 40 });
  await sleep(60);
  await world.command('stop');
  await world.command('stop', 'recording');
  await world.scribeLeft();
  const told = world.blocks().flatMap((block) => {
    const hasGaps = block.kind === 'recording' || (block.kind === 'transcript' && block.format === 'text');
    return hasGaps ? [block.gaps] : [];
  });
  const gap = { start_ms: expect.any(Number), end_ms: expect.any(Number), reason: 'connection_lost' };
  expect(told).toEqual([[gap], [gap]]);
});

test('what could not be decrypted is named', async () => {
  await world.command('start');
  const one = await world.listening();
  const at = Date.now();
  await world.speak(one);
  const span = { id: 'one', userId: ALICE, reason: 'keys_missing' as const };
  await one.parent.unheard({ ...span, startMs: at, endMs: at + 20 });
  await one.parent.unheard({ ...span, startMs: at, endMs: at + 40 });
  await sleep(60);
  await world.command('stop');
  await world.scribeLeft();
  const [text] = world.blocks().filter((block) => block.kind === 'transcript');
  expect(text?.gaps).toEqual([expect.objectContaining({ reason: 'keys_missing' })]);
  expect((text?.gaps[0]?.end_ms ?? 0) - (text?.gaps[0]?.start_ms ?? 0)).toBeGreaterThanOrEqual(39);
});

test('speech that the database does not take at once is not lost', async () => {
  await world.command('start');
  const one = await world.listening();
  const { schema } = world.database;
  await schema.alterTable('transcription_utterance').renameTo('away').execute();
  const handedOver = world.speak(one);
  await world.until(() => world.lines.some((line) => line.includes('an utterance: tried again')), 'a failure');
  await schema.alterTable('away').renameTo('transcription_utterance').execute();
  await handedOver;
  await world.command('stop');
  await world.scribeLeft();
  expect(world.home.uploads.map(String).join()).toContain('budget');
});

test('a run that is opened while its meeting ends is closed again', async () => {
  const { meeting } = world;
  let asked = 0;
  // Known when the run is opened, over when it is to be started.
  Object.defineProperty(world, 'meeting', { get: () => ((asked += 1) === 1 ? meeting : undefined) });
  await expect(world.command('start')).rejects.toMatchObject({ code: 'PALABRE_WRONG_STATE' });
  await world.scribeLeft();
});

test('where a run cannot be written down the scribe does not stay', async () => {
  const { schema } = world.database;
  await schema.alterTable('scribe_run').renameTo('away').execute();
  await expect(world.command('start')).rejects.toThrow();
  await schema.alterTable('away').renameTo('scribe_run').execute();
  await world.scribeLeft();
});

test('put out while it is still coming in: the room need not wait, and a crash does not bring it back', async () => {
  world.children.hanging.add('join');
  await world.command('start');
  await world.until(() => world.child()?.config(), 'a scribe comes in');
  world.home.matrix.rooms.get(ROOM)?.members.set(SCRIBE, 'leave');
  const deliver = () =>
    world.inbox.deliver({
      type: 'm.room.member',
      room_id: ROOM,
      sender: ALICE,
      state_key: SCRIBE,
      content: { membership: 'leave' },
    });
  const { schema } = world.database;
  await schema.alterTable('scribe_job').renameTo('away').execute();
  await expect(Promise.race([deliver(), sleep(5_000, 'late', { ref: false })])).rejects.toThrow();
  await schema.alterTable('away').renameTo('scribe_job').execute();
  // The inbox brings it again.
  const delivered = deliver().then(() => 'delivered');
  expect(await Promise.race([delivered, sleep(5_000, 'late', { ref: false })])).toBe('delivered');
  const { rows } = await sql`select state from scribe_job`.execute(world.database);
  expect(rows).toEqual([{ state: 'stopping' }]);
  world.children.hanging.clear();
  const children = world.children.all.length;
  await world.restart();
  await world.until(() => world.phases()?.transcription.phase === 'off', 'stopped');
  expect(world.children.all).toHaveLength(children);
});

test.each([
  ['plain', false],
  // There the scribe cannot even encrypt any more: no homeserver refuses what is never sent.
  ['encrypted', true],
])(
  'put out of the %s room: nothing more is captured, and the watcher says that there was something',
  async (_kind, encrypted) => {
    world.encrypted = encrypted;
    await world.command('start');
    await world.speak(await world.listening());
    if (encrypted) world.children.failing.add('encrypt');
    world.home.matrix.rooms.get(ROOM)?.members.set(SCRIBE, 'leave');
    await world.inbox.deliver({
      type: 'm.room.member',
      room_id: ROOM,
      sender: ALICE,
      state_key: SCRIBE,
      content: { membership: 'leave' },
    });
    const notice = await world.until(
      () => world.home.matrix.sent.find(({ asUser }) => asUser === undefined),
      'a notice',
    );
    expect(notice.content).toMatchObject({ [RESULT_BLOCK]: { kind: 'notice', code: 'results_refused' } });
    expect(world.phases()?.transcription.phase).toBe('off');
  },
);
