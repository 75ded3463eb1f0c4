import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CONSENT_BLOCK, CONSENT_PURPOSES, CONSENT_TEXT_VERSION, RESULT_BLOCK } from '@palabre/protocol';
import { sql } from 'kysely';
import { createFakeInbox } from '../appservice/fake-inbox.ts';
import { createFakeMatrix } from '../appservice/fake-matrix-client.ts';
import { createFakeAudit } from '../governance/fake-audit.ts';
import { createDomainPolicy, createMembership } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createDatabase, type Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { consentCsv, consentMigrations, createConsent, createConsentStore, followRoomAnswers } from './index.ts';
import type { ConsentRules } from './standing.ts';

const ROOM = '!room:x';
const WATCHER = '@palabre:x';
const [ALICE, BOB, EXTERN] = ['@alice:x', '@bob:x', '@eve:outside'];
const MEETING = { roomId: ROOM, meetingId: 'm1' };

let nowMs: number;
let database: Database;
beforeAll(async () => {
  database = await createDatabase(await emptyDatabase(), { consent: consentMigrations }, createFakeOperations().log);
});
afterAll(() => database.destroy());
beforeEach(async () => {
  nowMs = 1_700_000_000_000;
  await sql`truncate consent_rooms, consent_meetings, consent_answers`.execute(database);
});

/** A new process over the same database. */
function start(
  rules: ConsentRules = { default: 'ask' },
  meeting: { id: string | undefined } = { id: 'm1' },
  audit = createFakeAudit(),
) {
  return createConsent({
    store: createConsentStore(database),
    audit,
    rules,
    isExtern: (userId) => userId === EXTERN,
    currentMeeting: () => meeting.id,
    keptMeetings: (ids) => Promise.resolve(ids.filter((id) => id === meeting.id)),
    now: () => nowMs,
  });
}
const words = { language: 'en', textVersion: CONSENT_TEXT_VERSION } as const;
const say = (userId: string, answer: 'yes' | 'no') =>
  ({ roomId: ROOM, userId, deviceId: 'D', purposes: ['recording'], answer, how: 'dialog', ...words }) as const;
const stored = () => createConsentStore(database).ofRoom(ROOM);

describe('who is kept', () => {
  test('the last word counts, though the one before it is still being written down', async () => {
    const audit = createFakeAudit();
    const slow = Promise.withResolvers<undefined>();
    const consent = start(
      { default: 'ask' },
      { id: 'm1' },
      {
        ...audit,
        during: async (entry, work) => {
          if (entry.action === 'consent.given') await slow.promise;
          return audit.during(entry, work);
        },
      },
    );
    await consent.answer(say(ALICE, 'no'));
    const yes = consent.answer(say(ALICE, 'yes'));
    const no = consent.answer(say(ALICE, 'no'));
    // Time enough for an answer that waits for no other.
    await Promise.race([no, new Promise((resolve) => setTimeout(resolve, 200))]);
    slow.resolve(undefined);
    await Promise.all([yes, no]);
    expect((await consent.standing(MEETING, [ALICE])).kept.recording).toEqual([]);
    expect((await stored()).map(({ answer }) => answer)).toEqual(['no', 'yes', 'withdrawn']);
  });

  test('what was said in a meeting that runs outlives the room’s lifetime, and goes when the meeting is forgotten', async () => {
    const meeting: { id: string | undefined } = { id: 'm1' };
    const consent = start({ default: 'ask' }, meeting);
    await consent.standing(MEETING, []);
    await consent.answer(say(ALICE, 'yes'));
    expect(await consent.artefacts.holdsBefore(ROOM, 1_700_000_000_001)).toBe(false);
    await consent.artefacts.deleteBefore(ROOM, 1_700_000_000_001);
    expect((await consent.standing(MEETING, [ALICE])).kept.recording).toEqual([ALICE]);
    meeting.id = undefined;
    expect(await consent.artefacts.holdsBefore(ROOM, 1_700_000_000_001)).toBe(true);
    await consent.artefacts.deleteBefore(ROOM, 1_700_000_000_000);
    expect(await stored()).toHaveLength(1);
    await consent.artefacts.deleteBefore(ROOM, 1_700_000_000_001);
    expect(await stored()).toEqual([]);
    // Asked it was all the same: what is still made of the meeting holds nobody any more.
    expect((await consent.mayHold('m1', 'recording'))?.(ALICE, 1_700_000_000_000)).toBe(false);
  });

  test('what was said before anybody was asked counts as agreed, what was said after it only with a yes', async () => {
    const consent = start({ default: 'announce', externPresent: 'ask' });
    expect(await consent.agreement('m1', 'recording')).toBeUndefined();
    await consent.standing(MEETING, [ALICE, EXTERN]);
    const agreed = await consent.agreement('m1', 'recording');
    const asked = 1_700_000_000_000;
    expect([agreed?.(ALICE, asked - 50, asked - 10), agreed?.(ALICE, asked - 50, asked + 10)]).toEqual([true, false]);
    const mayHold = await consent.mayHold('m1', 'recording');
    expect([mayHold?.(ALICE, asked - 10), mayHold?.(ALICE, asked)]).toEqual([true, false]);
  });

  test('results name people for what they did before their yes, but not while they refused, nor after they withdrew', async () => {
    const consent = start();
    const askedMs = nowMs;
    await consent.standing(MEETING, [ALICE, BOB]);
    nowMs += 1_000;
    await consent.answer(say(ALICE, 'yes'));
    nowMs += 1_000;
    await consent.answer(say(ALICE, 'no'));
    const mayName = await consent.mayName('m1', 'recording');
    expect([500, 1_500, 2_000].map((ms) => mayName?.(ALICE, askedMs + ms))).toEqual([true, true, false]);
    expect(mayName?.(BOB, askedMs + 500)).toBe(false);
    await consent.answer(say(BOB, 'no'));
    nowMs += 1_000;
    await consent.answer(say(BOB, 'yes'));
    const later = await consent.mayName('m1', 'recording');
    expect([500, 2_500, 3_000].map((ms) => later?.(BOB, askedMs + ms))).toEqual([true, false, true]);
  });

  test('asked: nobody before their yes, each purpose for itself, and nobody after they took it back', async () => {
    const consent = start();
    const recorded = async () => (await consent.standing(MEETING, [ALICE, BOB])).kept.recording;
    expect(await recorded()).toEqual([]);
    await consent.answer(say(ALICE, 'yes'));
    await consent.answer(say(BOB, 'no'));
    expect((await consent.standing(MEETING, [])).kept).toEqual({ recording: [ALICE], transcription: [] });
    await consent.answer(say(ALICE, 'no'));
    expect(await recorded()).toEqual([]);
    expect((await stored()).map(({ userId, answer }) => [userId, answer])).toEqual([
      [ALICE, 'yes'],
      [BOB, 'no'],
      [ALICE, 'withdrawn'],
    ]);
  });

  test('not asked: everybody', async () => {
    for (const level of ['off', 'announce'] as const)
      expect(await start({ default: level }).standing({ ...MEETING, meetingId: level }, [ALICE])).toEqual({
        level,
        forExterns: false,
        agreed: {},
        kept: { recording: 'everybody', transcription: 'everybody' },
      });
  });

  test('a restart knows every answer, and the level that the meeting has reached', async () => {
    await start().standing(MEETING, [ALICE]);
    await start().answer(say(ALICE, 'yes'));
    const after = await start({ default: 'off' }).standing(MEETING, [ALICE, BOB]);
    expect(after).toMatchObject({ level: 'ask', kept: { recording: [ALICE], transcription: [] } });
  });

  test('an answer counts for its meeting only', async () => {
    const meeting = { id: 'm1' };
    const consent = start({ default: 'ask' }, meeting);
    await consent.answer(say(ALICE, 'yes'));
    expect((await consent.standing({ roomId: ROOM, meetingId: 'm2' }, [ALICE])).kept.recording).toEqual([]);
  });

  test('without a meeting there is nothing to agree to', async () => {
    await expect(start({ default: 'ask' }, { id: undefined }).answer(say(ALICE, 'yes'))).rejects.toMatchObject({
      code: 'PALABRE_WRONG_STATE',
    });
  });

  test('whoever changes their mind without end can still refuse', async () => {
    const consent = start();
    for (let i = 0; i < 50; i += 1) {
      await consent.answer(say(ALICE, 'yes'));
      await consent.answer(say(ALICE, 'no'));
    }
    await expect(consent.answer(say(ALICE, 'yes'))).rejects.toMatchObject({ code: 'M_LIMIT_EXCEEDED' });
    await consent.answer(say(ALICE, 'no'));
    expect((await consent.standing(MEETING, [ALICE])).kept.recording).toEqual([]);
  });
});

describe('levels', () => {
  test('a room can be stricter than the server and not laxer; a meeting that was asked stays so', async () => {
    const consent = start({ default: 'announce' });
    await consent.chooseLevel(ROOM, 'off', ALICE);
    expect((await consent.standing(MEETING, [])).level).toBe('announce');
    await consent.chooseLevel(ROOM, 'ask', ALICE);
    expect((await consent.standing(MEETING, [])).level).toBe('ask');
    await consent.chooseLevel(ROOM, undefined, ALICE);
    expect((await consent.standing(MEETING, [])).level).toBe('ask');
    expect((await consent.standing({ ...MEETING, meetingId: 'm2' }, [])).level).toBe('announce');
  });

  test('an extern who comes makes it a question for everybody, and nobody is kept who was not looked at', async () => {
    const consent = start({ default: 'announce', externPresent: 'ask' });
    expect((await consent.standing(MEETING, [ALICE, BOB])).kept.recording).toEqual([ALICE, BOB]);
    const withExtern = await consent.standing(MEETING, [ALICE, EXTERN]);
    expect(withExtern).toMatchObject({ level: 'ask', forExterns: true, kept: { recording: [], transcription: [] } });
    expect(withExtern.askedMs).toBe(1_700_000_000_000);
    // Nor are the others again when that person has gone.
    expect(await consent.standing(MEETING, [ALICE])).toMatchObject({ level: 'ask', forExterns: false });
    await consent.chooseLevel(ROOM, 'ask', ALICE);
    // The room asks anyway.
    expect(await consent.standing(MEETING, [ALICE, EXTERN])).toMatchObject({ level: 'ask', forExterns: false });
    expect(await start({ default: 'off', externPresent: 'ask' }).stateFor('!other:x', EXTERN)).toMatchObject({
      level: 'ask',
    });
  });

  test('an extern whom only the SFU knows counts, too', async () => {
    const consent = start({ default: 'announce', externPresent: 'ask' });
    let told = 0;
    consent.onChange(ROOM, () => (told += 1));
    consent.seen(ROOM, [ALICE]);
    expect(await consent.standing(MEETING, [ALICE])).toMatchObject({ level: 'announce', kept: { recording: [ALICE] } });
    consent.seen(ROOM, [ALICE, EXTERN]);
    consent.seen(ROOM, [ALICE, EXTERN]);
    expect(told).toBe(1);
    expect(await consent.standing(MEETING, [ALICE])).toMatchObject({ level: 'ask', kept: { recording: [] } });
    consent.seen(ROOM, []);
    expect((await consent.standing({ ...MEETING, meetingId: 'm2' }, [ALICE])).level).toBe('announce');
  });

  test('everybody who is concerned is told once it is written down', async () => {
    const consent = start();
    let told = 0;
    const end = consent.onChange(ROOM, () => (told += 1));
    await consent.answer(say(ALICE, 'yes'));
    await consent.answer(say(ALICE, 'yes'));
    await consent.chooseLevel('!other:x', 'ask', ALICE);
    expect(told).toBe(1);
    end();
    await consent.chooseLevel(ROOM, 'ask', ALICE);
    expect(told).toBe(1);
  });
});

describe('in the room', () => {
  const SCRIBE = '@scribe:x';
  /** A meeting that is being recorded. @param level at which it is */
  async function openRoom(level: 'ask' | 'announce' = 'ask', nowMs = 1_000_000) {
    const now = () => nowMs;
    const { metrics } = createFakeOperations();
    const matrix = createFakeMatrix(WATCHER);
    matrix.createRoom(ROOM, ALICE).members.set(WATCHER, 'join').set(BOB, 'join');
    const inbox = createFakeInbox(now);
    const membership = createMembership({
      client: matrix.client,
      inbox,
      serverName: 'x',
      policy: createDomainPolicy('x', { classes: {}, servers: [] }),
      watcherUserId: WATCHER,
      scribeUserId: SCRIBE,
      isDirect: () => Promise.resolve(false),
      metrics,
      now,
    });
    const audit = createFakeAudit();
    const meeting: { id: string | undefined } = { id: 'm1' };
    const consent = start({ default: 'announce' }, meeting, audit);
    if (level === 'ask') await consent.chooseLevel(ROOM, level, ALICE);
    await consent.standing(MEETING, [ALICE, BOB]);
    await consent.chooseLevel(ROOM, undefined, ALICE);
    const onReaction = followRoomAnswers({
      inbox,
      client: matrix.client,
      consent,
      isMeetingMessage: (_roomId, eventId) => Promise.resolve(eventId === (meeting.id === 'm1' ? '$meeting' : '$next')),
      meetingOf: (_roomId, eventId) => Promise.resolve(eventId === '$meeting' ? 'm1' : undefined),
      rightsOf: membership.rightsOf,
      isJoined: membership.isJoined,
      audit,
      bots: [WATCHER],
      scribeUserId: SCRIBE,
      language: 'en',
      now,
    });
    const post = (sender: string, content: Record<string, unknown>, atMs = nowMs, known: { event_id?: string } = {}) =>
      inbox.deliver({ type: 'm.room.message', room_id: ROOM, sender, origin_server_ts: atMs, content, ...known });
    const reply = (sender: string, body: string, relation: object = {}, atMs = nowMs, known = {}) =>
      post(
        sender,
        { msgtype: 'm.text', body, 'm.relates_to': { 'm.in_reply_to': { event_id: '$meeting' }, ...relation } },
        atMs,
        known,
      );
    const react = (
      sender: string,
      event_id: string,
      {
        said = 'yes',
        content = {},
        deviceId,
        atMs = nowMs,
      }: { said?: 'yes' | 'no'; content?: object; deviceId?: string; atMs?: number } = {},
    ) =>
      onReaction(
        { type: 'm.reaction', event_id, room_id: ROOM, sender, origin_server_ts: atMs, content: { ...content } },
        said,
        deviceId,
      );
    const redact = (sender: string, redacts: string) =>
      inbox.deliver({ type: 'm.room.redaction', room_id: ROOM, sender, content: { redacts } });
    return { consent, audit, matrix, meeting, post, reply, react, redact };
  }
  const answers = async () =>
    (await stored()).map(({ userId, purpose, answer, how }) => [userId, purpose, answer, how]);

  test('who takes a reaction away withdraws, though they had agreed in another way before', async () => {
    const { consent, react, redact } = await openRoom();
    await consent.answer(say(BOB, 'yes'));
    await react(BOB, '$r');
    await redact(BOB, '$r');
    expect((await consent.stateFor(ROOM, BOB)).answers).toEqual({ recording: 'withdrawn', transcription: 'withdrawn' });
  });

  test('a reaction agrees to both, comes twice and counts once, and its redaction by anybody withdraws', async () => {
    const { react, redact, audit } = await openRoom();
    await react(BOB, '$r');
    await react(BOB, '$r');
    expect(await answers()).toEqual([
      [BOB, 'recording', 'yes', 'reaction'],
      [BOB, 'transcription', 'yes', 'reaction'],
    ]);
    await redact(ALICE, '$other');
    expect(await stored()).toHaveLength(2);
    await redact(ALICE, '$r');
    expect((await answers()).slice(2)).toEqual([
      [BOB, 'recording', 'withdrawn', 'reaction'],
      [BOB, 'transcription', 'withdrawn', 'reaction'],
    ]);
    await react(BOB, '$r2');
    expect(await stored()).toHaveLength(6);
    expect(audit.rows.map(({ action, means }) => `${action} by ${means}`)).toEqual([
      'consent.given by reaction',
      'consent.withdrawn by redaction',
      'consent.given by reaction',
    ]);
  });

  test('of people who are not in the room nothing counts', async () => {
    const { react, reply } = await openRoom();
    await react('@stranger:x', '$r');
    await reply('@stranger:x', 'yes');
    expect(await stored()).toEqual([]);
  });

  test('a reply agrees or refuses; a word in the thread is no answer; an old yes is none, an old no is one', async () => {
    const { reply, post } = await openRoom();
    await reply(BOB, 'yes', { rel_type: 'm.thread', event_id: '$meeting', is_falling_back: true });
    await reply(BOB, 'yes', {}, 1_000);
    await reply(BOB, 'yes please, but not today');
    await post(BOB, { msgtype: 'm.text', body: 'yes' });
    await post(BOB, {
      msgtype: 'm.text',
      body: 'yes',
      'm.relates_to': { 'm.in_reply_to': { event_id: '$something else' } },
    });
    expect(await stored()).toEqual([]);
    await reply(BOB, 'Oui');
    expect((await answers()).map(([, , answer]) => answer)).toEqual(['yes', 'yes']);
    await reply(BOB, 'non', {}, 1_000);
    expect((await answers()).slice(2).map(([, , answer, how]) => [answer, how])).toEqual([
      ['withdrawn', 'reply'],
      ['withdrawn', 'reply'],
    ]);
  });

  const told = (matrix: Awaited<ReturnType<typeof openRoom>>['matrix']) =>
    matrix.sent.map(({ content }) => (content as Record<string, { code: string }>)[RESULT_BLOCK]?.code);

  test('whoever replies “yes” too late is told in the thread that it does not count; a “no” always does', async () => {
    const { reply, matrix } = await openRoom();
    await reply(BOB, 'yes', {}, 1_000);
    await reply('@stranger:x', 'yes', {}, 1_000);
    await reply(BOB, 'no', {}, 1_000);
    expect(told(matrix)).toEqual(['consent_late']);
    expect(matrix.sent[0]?.content).toMatchObject({
      body: expect.stringContaining('does not count'),
      'm.mentions': { user_ids: [BOB] },
      'm.relates_to': { rel_type: 'm.thread', event_id: '$meeting', is_falling_back: false },
    });
    await reply(BOB, 'yes', {}, 1_000);
    expect(told(matrix)).toHaveLength(1);
    await reply(ALICE, 'yes', {}, 1_000);
    expect(told(matrix)).toHaveLength(2);
  });

  test('where the watcher may not speak, a late “yes” holds nothing up', async () => {
    const { reply, matrix } = await openRoom();
    const room = matrix.rooms.get(ROOM);
    if (room !== undefined) room.frozen = true;
    await expect(reply(BOB, 'yes', {}, 1_000)).resolves.toBeUndefined();
    expect(told(matrix)).toEqual([]);
  });

  test('a “yes” to a meeting that is over is too late as well; one that was taken before, and comes again, is not', async () => {
    const { reply, matrix, meeting, post } = await openRoom();
    await reply(BOB, 'yes', {}, undefined, { event_id: '$taken' });
    meeting.id = undefined;
    await reply(BOB, 'yes', {}, undefined, { event_id: '$taken' });
    expect(told(matrix)).toEqual([]);
    await reply(BOB, 'yes');
    await reply(BOB, 'no');
    await post(BOB, {
      msgtype: 'm.text',
      body: 'yes',
      'm.relates_to': { 'm.in_reply_to': { event_id: '$something else' } },
    });
    expect(told(matrix)).toEqual(['consent_late']);
  });

  test('a late “yes” where nobody was asked is just a word', async () => {
    const { reply, matrix, meeting } = await openRoom('announce');
    await reply(BOB, 'yes', {}, 1_000);
    meeting.id = undefined;
    await reply(BOB, 'yes');
    expect(told(matrix)).toEqual([]);
  });

  const shown = (change: object = {}) => ({
    content: { [CONSENT_BLOCK]: { scribe: SCRIBE, language: 'fr', text_version: CONSENT_TEXT_VERSION, ...change } },
  });
  test('a widget of another organisation says which words were shown, and on which device', async () => {
    const { react } = await openRoom();
    await react(BOB, '$yes', { ...shown(), deviceId: 'PHONE' });
    await react(BOB, '$no', { ...shown({ text_version: '1' }), said: 'no', deviceId: 'PHONE' });
    expect((await stored()).map((row) => [row.answer, row.deviceId, row.language, row.textVersion])).toEqual([
      ['yes', 'PHONE', 'fr', CONSENT_TEXT_VERSION],
      ['yes', 'PHONE', 'fr', CONSENT_TEXT_VERSION],
      ['withdrawn', 'PHONE', 'fr', '1'],
      ['withdrawn', 'PHONE', 'fr', '1'],
    ]);
  });

  test('what was said to other words, or to another scribe, is no answer to ours', async () => {
    const { react } = await openRoom();
    await react(BOB, '$1', shown({ text_version: '1' }));
    await react(BOB, '$2', shown({ scribe: '@palabre-scribe:partner' }));
    await react(BOB, '$3', { ...shown({ scribe: '@palabre-scribe:partner' }), said: 'no' });
    await react(BOB, '$4', { content: { [CONSENT_BLOCK]: 'yes' } });
    expect(await stored()).toEqual([]);
    await react(BOB, '$5', { content: { [CONSENT_BLOCK]: {} }, said: 'no' });
    expect((await answers()).map(([, , answer]) => answer)).toEqual(['no', 'no']);
  });

  test('a sign from before anybody was asked agrees to nothing, though the meeting is asked later', async () => {
    const { react, reply, consent } = await openRoom('announce');
    await react(BOB, '$early', shown());
    await reply(BOB, 'yes');
    expect(await stored()).toEqual([]);
    await consent.chooseLevel(ROOM, 'ask', ALICE);
    expect((await consent.standing(MEETING, [ALICE, BOB])).kept.recording).toEqual([]);
    await react(BOB, '$now', shown());
    expect((await consent.standing(MEETING, [ALICE, BOB])).kept.recording).toEqual([BOB]);
  });

  test('a sign that comes late is no answer; it is missed where ours was asked for, and was not taken before', async () => {
    const { react } = await openRoom();
    const late = { ...shown(), atMs: 1_000 };
    expect(await react(BOB, '$late', late)).toBe(true);
    expect(await react(BOB, '$theirs', { ...late, ...shown({ scribe: '@palabre-scribe:partner' }) })).toBe(false);
    expect(await react('@stranger:x', '$not here', late)).toBe(false);
    expect(await stored()).toEqual([]);
    expect(await react(BOB, '$again')).toBe(false);
    expect(await react(BOB, '$again', late)).toBe(false);
    expect(await stored()).toHaveLength(2);
  });

  test('a late sign is not missed where nothing is asked', async () => {
    const { react } = await openRoom('announce');
    expect(await react(BOB, '$late', { ...shown(), atMs: 1_000 })).toBe(false);
  });

  test('a refusal counts before anybody was asked, too', async () => {
    const { react } = await openRoom('announce');
    await react(BOB, '$no', { said: 'no' });
    expect((await answers()).map(([, , answer]) => answer)).toEqual(['no', 'no']);
  });

  test('moderators set the level, others are told that they may not', async () => {
    const { consent, audit, matrix, post } = await openRoom('announce');
    const write = (sender: string, body: string) => post(sender, { msgtype: 'm.text', body });
    await write(BOB, '!palabre consent ask');
    expect((await consent.stateFor(ROOM, BOB)).level).toBe('announce');
    await write(ALICE, '!palabre consent ask');
    expect(await consent.stateFor(ROOM, BOB)).toMatchObject({ level: 'ask', room_level: 'ask' });
    await write(ALICE, '!palabre consent default');
    expect(await consent.stateFor(ROOM, BOB)).toMatchObject({ level: 'announce', room_level: null });
    expect(told(matrix)).toEqual(['M_FORBIDDEN', 'consent_level', 'consent_level']);
    expect(matrix.sent[1]).toMatchObject({ content: { body: expect.stringContaining('only those who agree') } });
    expect(matrix.sent[2]).toMatchObject({ content: { body: expect.stringContaining('follows the setting') } });
    expect(audit.rows.map(({ userId, action, outcome }) => [userId, action, outcome])).toEqual([
      [BOB, 'consent.setting', 'refused'],
      [ALICE, 'consent.setting', 'accepted'],
      [ALICE, 'consent.setting', 'accepted'],
    ]);
  });

  test('who tries to set the level without end is answered a few times, and most of it is left out', async () => {
    const { audit, matrix, post, reply } = await openRoom();
    const write = (sender: string) => post(sender, { msgtype: 'm.text', body: '!palabre consent announce' });
    for (let sent = 0; sent < 50; sent += 1) await write(BOB);
    expect(audit.rows).toHaveLength(20);
    expect(told(matrix)).toHaveLength(6);
    await write(ALICE);
    expect(told(matrix).at(-1)).toBe('consent_level');
    await reply(BOB, 'no');
    expect((await answers()).map(([userId, , answer]) => [userId, answer])).toEqual([
      [BOB, 'no'],
      [BOB, 'no'],
    ]);
  });
});

test('the export says who agreed to what, when, by which words and how', async () => {
  const consent = start();
  await consent.answer({ ...say(ALICE, 'yes'), purposes: CONSENT_PURPOSES });
  const lines = consentCsv(await stored());
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain('"at","roomId"');
  expect(lines[1]).toBe(
    `"2023-11-14T22:13:20.000Z","!room:x","m1","'@alice:x","D","recording","yes","dialog","en","2",""`,
  );
});
