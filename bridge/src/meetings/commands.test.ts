import { beforeEach, describe, expect, test } from '@jest/globals';
import { CALL_MEMBER_EVENT, PalabreError, RTC_MEMBER_EVENT } from '@palabre/protocol';
import type { ScribeWork } from '@palabre/protocol';
import type { FakeInbox } from '../appservice/fake-inbox.ts';
import type { FakeMatrix } from '../appservice/fake-matrix-client.ts';
import type { Membership } from '../membership/index.ts';
import { createFakeAudit } from '../governance/fake-audit.ts';
import type { FakeAudit } from '../governance/fake-audit.ts';
import { createDomainPolicy } from '../membership/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { followCommands } from './commands.ts';
import { createStatusText } from './status.ts';
import { createOrders } from './orders.ts';
import { createFakeRoom, createFakeScribe, ROOM, SCRIBE, WATCHER } from './fake-room.ts';
import type { FakeScribe } from './fake-room.ts';
import type { Meeting } from './meetings.ts';
import type { RunningWork } from './orders.ts';

const { log } = createFakeOperations();

describe('commands in the room', () => {
  let nowMs: number;
  const now = () => nowMs;
  let matrix: FakeMatrix;
  let inbox: FakeInbox;
  let membership: Membership;
  let scribe: FakeScribe;
  let audit: FakeAudit;
  let meeting: Meeting | undefined;
  let agreed: string[];
  /** What is said of an answer: it came too late. */
  let isMissed: boolean;

  function follow(language: 'en' | 'fr'): void {
    const meetings = { current: () => meeting, attendance: () => Promise.resolve([]) };
    const bots = [WATCHER, SCRIBE];
    followCommands({
      inbox,
      client: matrix.client,
      scribe,
      give: createOrders({ rightsNow: membership.rightsNow, scribe, meetings, audit, language }),
      statusText: createStatusText({
        meetings,
        scribe,
        inCall: () => Promise.resolve(['@alice:x', '@bob:x', SCRIBE]),
        namesIn: () => Promise.resolve(new Map([['@alice:x', 'Alice\nBob: I']])),
        isBot: (userId) => bots.includes(userId),
        language,
        now,
      }),
      isJoined: membership.isJoined,
      onConsent: ({ sender }, said, deviceId) => {
        agreed.push([sender, said, ...(deviceId === undefined ? [] : [deviceId])].join(' '));
        return Promise.resolve(isMissed);
      },
      bots,
      language,
      log,
      now,
    });
  }
  beforeEach(() => {
    nowMs = 1_000_000_000;
    ({ matrix, inbox, membership } = createFakeRoom(now));
    scribe = createFakeScribe();
    audit = createFakeAudit();
    meeting = { id: 'meeting', roomId: ROOM, livekitRoom: 'lk', startedMs: nowMs - 120_000 };
    agreed = [];
    isMissed = false;
    const events = matrix.rooms.get(ROOM)?.events;
    events?.set('$own', { type: CALL_MEMBER_EVENT, sender: '@alice:x', content: {} });
    events?.set('$bobs', { type: CALL_MEMBER_EVENT, sender: '@bob:x', content: {} });
    events?.set('$transcript', { type: 'm.room.encrypted', sender: SCRIBE, content: {} });
    events?.set('$chat', { type: 'm.room.message', sender: '@alice:x', content: {} });
  });

  const react = (sender: string, target: string, key: string) =>
    inbox.deliver({
      type: 'm.reaction',
      room_id: ROOM,
      sender,
      content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key } },
    });
  const running = (what: ScribeWork): RunningWork => ({
    what,
    phase: 'on',
    askedMs: nowMs - 900_000,
    sinceMs: nowMs - 60_000,
    startedBy: '@alice:x',
  });
  const answered = () => matrix.sent.map(({ content }) => String((content as { body: unknown }).body));
  const say = (sender: string, body: string) =>
    inbox.deliver({ type: 'm.room.message', room_id: ROOM, sender, content: { msgtype: 'm.text', body } });

  test('a refusal is in the language of the deployment', async () => {
    follow('fr');
    await react('@bob:x', '$bobs', '🔴');
    expect(matrix.sent[0]?.content).toMatchObject({ body: expect.stringContaining('modérateurs') });
  });

  test('an event that comes again is the same command', async () => {
    follow('en');
    const event = { type: 'm.room.message', room_id: ROOM, sender: '@alice:x', event_id: '$again' };
    const content = { msgtype: 'm.text', body: '!palabre record' };
    await inbox.deliver({ ...event, content });
    await inbox.deliver({ ...event, content });
    await say('@alice:x', '!palabre record');
    expect(scribe.ids[0]).toBeDefined();
    expect(scribe.ids[1]).toBe(scribe.ids[0]);
    expect(scribe.ids[2]).not.toBe(scribe.ids[0]);
  });

  test('a moderator: by reaction on their own membership, on the meeting’s message, and by text', async () => {
    follow('en');
    await react('@alice:x', '$own', '🔴');
    await react('@alice:x', '$meeting', '📝');
    scribe.runs = [running('recording'), running('transcription'), { ...running('captions'), phase: 'starting' }];
    await say('@alice:x', '!palabre stop');
    expect(scribe.asked).toEqual([
      `${ROOM} @alice:x start recording`,
      `${ROOM} @alice:x start transcription`,
      `${ROOM} @alice:x stop recording`,
      `${ROOM} @alice:x stop transcription`,
    ]);
    expect(matrix.sent).toEqual([]);
  });

  test('pause and resume by reaction, as clients write the signs; for moderators only', async () => {
    follow('en');
    for (const key of ['⏸', '⏸\uFE0F', '▶', '▶\uFE0F']) await react('@alice:x', '$meeting', key);
    expect(scribe.asked).toEqual(
      ['pause', 'pause', 'resume', 'resume'].map((action) => `${ROOM} @alice:x ${action} recording`),
    );
    expect(audit.rows.map(({ action, means }) => [action, means])).toEqual(
      ['pause', 'pause', 'resume', 'resume'].map((action) => [`recording.${action}`, 'reaction']),
    );
    await react('@bob:x', '$meeting', '⏸');
    expect(scribe.asked).toHaveLength(4);
    expect(answered()).toEqual([expect.stringContaining('Only moderators')]);
  });

  test('a sticky membership is as good as one in the state, encrypted or not', async () => {
    follow('en');
    const events = matrix.rooms.get(ROOM)?.events;
    const sticky = { sender: '@alice:x', content: {}, msc4354_sticky: { duration_ms: 3_600_000 } };
    events?.set('$sticky', { ...sticky, type: RTC_MEMBER_EVENT });
    events?.set('$sealed', { ...sticky, type: 'm.room.encrypted' });
    events?.set('$foreign', { ...sticky, type: RTC_MEMBER_EVENT, sender: '@bob:x' });
    await react('@alice:x', '$sticky', '🔴');
    await react('@alice:x', '$sealed', '📝');
    await react('@alice:x', '$foreign', '🔴');
    expect(scribe.asked).toEqual([`${ROOM} @alice:x start recording`, `${ROOM} @alice:x start transcription`]);
  });

  test('the same reaction elsewhere is just a reaction', async () => {
    follow('en');
    await react('@alice:x', '$chat', '🔴');
    await react('@alice:x', '$bobs', '🔴');
    await react('@alice:x', '$transcript', '🔴');
    await react('@alice:x', '$unknown', '🔴');
    await react('@alice:x', '$\ud800', '🔴');
    await react('@alice:x', '$own', '👍');
    expect(scribe.asked).toEqual([]);
    expect(matrix.sent).toEqual([]);
  });

  test('of what one person orders without end most is left out in silence; their withdrawal and what others say is not', async () => {
    follow('en');
    for (let sent = 0; sent < 15; sent += 1) await react('@alice:x', '$own', '🔴');
    // Each of these costs a question to the homeserver.
    for (let sent = 0; sent < 15; sent += 1) await react('@alice:x', '$chat', '🔴');
    await say('@alice:x', '!palabre status');
    expect(audit.rows).toHaveLength(15);
    expect(matrix.sent).toEqual([]);
    await react('@alice:x', '$own', '✅');
    await react('@alice:x', '$own', '❌');
    await say('@alice:x', '!palabre refuse');
    await react('@bob:x', '$bobs', '✅');
    expect(agreed).toEqual(['@alice:x no', '@alice:x no', '@bob:x yes']);
    nowMs += 10_000;
    await react('@alice:x', '$own', '🔴');
    expect(audit.rows).toHaveLength(16);
  });

  test('any number of withdrawals counts, and takes nothing from what else somebody orders', async () => {
    follow('en');
    for (let sent = 0; sent < 30; sent += 1) await react('@alice:x', '$own', '❌');
    expect(agreed).toHaveLength(30);
    await react('@alice:x', '$own', '🔴');
    expect(scribe.asked).toHaveLength(1);
  });

  test('who may not is told so in the room, once', async () => {
    follow('en');
    await react('@bob:x', '$bobs', '🔴');
    expect(scribe.asked).toEqual([]);
    expect(matrix.sent).toHaveLength(1);
    expect(matrix.sent[0]).toMatchObject({
      roomId: ROOM,
      content: { msgtype: 'm.notice', 'app.palabre.result': { kind: 'notice', code: 'M_FORBIDDEN' } },
    });
  });

  test('consent: a ✅ or ❌ on the meeting’s message or on one’s own membership, by anybody, and nothing else', async () => {
    follow('en');
    const events = matrix.rooms.get(ROOM)?.events;
    const member = { claimed_device_id: 'STICKY' };
    events?.set('$phone', { type: CALL_MEMBER_EVENT, sender: '@bob:x', content: { device_id: 'PHONE' } });
    events?.set('$sticky', { type: RTC_MEMBER_EVENT, sender: '@bob:x', content: { member } });
    events?.set('$odd', { type: CALL_MEMBER_EVENT, sender: '@bob:x', content: { device_id: 'a b', member: 7 } });
    await react('@bob:x', '$meeting', '✅');
    await react('@alice:x', '$own', '✅');
    await react('@bob:x', '$phone', '✅');
    await react('@bob:x', '$sticky', '❌');
    await react('@bob:x', '$odd', '❌');
    // Of somebody else's membership, or of a message, nobody speaks for anybody.
    for (const target of ['$own', '$chat']) for (const key of ['✅', '❌']) await react('@bob:x', target, key);
    await say('@bob:x', '!palabre consent');
    await say('@alice:x', '!palabre consentir');
    await say('@alice:x', '!palabre refuser');
    // The level of a room is another command.
    await say('@alice:x', '!palabre consent ask');
    expect(agreed).toEqual([
      '@bob:x yes',
      '@alice:x yes',
      '@bob:x yes PHONE',
      '@bob:x no STICKY',
      '@bob:x no',
      '@bob:x yes',
      '@alice:x yes',
      '@alice:x no',
    ]);
    expect(scribe.asked).toEqual([]);
    expect(matrix.sent).toEqual([]);
  });

  test('an answer that comes late is handed on, and who gave one that was asked for is told that it was too late', async () => {
    follow('en');
    const late = (key: string) =>
      inbox.deliver({
        type: 'm.reaction',
        room_id: ROOM,
        sender: '@bob:x',
        origin_server_ts: nowMs - 600_000,
        content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$bobs', key } },
      });
    await late('✅');
    await late('❌');
    expect(agreed).toEqual(['@bob:x yes', '@bob:x no']);
    // Another's scribe may have asked for it, or nobody.
    expect(answered()).toEqual([]);
    isMissed = true;
    await late('✅');
    expect(answered()).toEqual([expect.stringMatching(/^This command came too late/)]);
  });

  test("the scribe's own refusal is told as well", async () => {
    follow('en');
    scribe.refusal = new PalabreError('PALABRE_WRONG_STATE', 'There is no call in this room.');
    await say('@alice:x', '!palabre record');
    expect(matrix.sent[0]).toMatchObject({ content: { body: 'There is no call in this room.' } });
  });

  describe('given long before it comes', () => {
    const late = (body: string, offMs = -600_000, event: { readonly event_id?: string } = {}) =>
      inbox.deliver({
        type: 'm.room.message',
        room_id: ROOM,
        sender: '@alice:x',
        origin_server_ts: nowMs + offMs,
        content: { msgtype: 'm.text', body },
        ...event,
      });

    test.each([
      ['record', -3_600_000],
      ['record', 3_600_000],
      ['resume', -3_600_000],
      ['status', -61_000],
    ])('%s is not obeyed, and says so once', async (word, offMs) => {
      follow('en');
      scribe.runs = [running('recording')];
      await late(`!palabre ${word}`, offMs, { event_id: '$late' });
      await late(`!palabre ${word}`, offMs, { event_id: '$late' });
      expect(scribe.asked).toEqual([]);
      expect(answered()).toEqual([expect.stringMatching(/^This command came too late/)]);
    });

    test('what it was to end has gone on: stop and pause are obeyed', async () => {
      follow('en');
      scribe.runs = [running('recording'), running('transcription')];
      await late('!palabre stop');
      await late('!palabre pause');
      expect(scribe.asked).toEqual([
        `${ROOM} @alice:x stop recording`,
        `${ROOM} @alice:x stop transcription`,
        `${ROOM} @alice:x pause recording`,
      ]);
      expect(answered()).toEqual([]);
    });

    test('what was asked for since then goes on', async () => {
      follow('en');
      scribe.runs = [{ ...running('recording'), askedMs: nowMs - 300_000 }, running('transcription')];
      await late('!palabre stop');
      await late('!palabre pause');
      expect(scribe.asked).toEqual([`${ROOM} @alice:x stop transcription`]);
      expect(answered()).toEqual([expect.stringMatching(/^This command came too late/)]);
    });
  });

  test('bots and people who are not in the room are not obeyed', async () => {
    follow('en');
    await say(SCRIBE, '!palabre record');
    await say('@carol:x', '!palabre record');
    expect(scribe.asked).toEqual([]);
    expect(matrix.sent).toEqual([]);
  });

  describe('words', () => {
    test.each([
      ['!palabre record', 'start recording'],
      ['!palabre enregistrer', 'start recording'],
      ['  !Palabre   Transcrire ', 'start transcription'],
      ['!palabre sous-titres', 'start captions'],
      ['!palabre captions', 'start captions'],
    ])('%s', async (text, asked) => {
      follow('en');
      await say('@alice:x', text);
      expect(scribe.asked).toEqual([`${ROOM} @alice:x ${asked}`]);
    });

    test.each([
      ['!palabre pause', 'pause recording'],
      ['!palabre resume', 'resume recording'],
      ['!palabre reprendre', 'resume recording'],
      ['!palabre record grid', 'start recording grid'],
      ['!palabre record speaker', 'start recording speaker'],
      ['!palabre record screen', 'start recording screen'],
      ['!palabre record audio', 'start recording audio'],
      ['!palabre enregistrer grille', 'start recording grid'],
      ['!palabre enregistrer ORATEUR', 'start recording speaker'],
      ['!palabre enregistrer ecran', 'start recording screen'],
      ['!palabre enregistrer son', 'start recording audio'],
    ])('%s: for moderators, and in the audit trail', async (text, asked) => {
      follow('fr');
      await say('@alice:x', text);
      expect(scribe.asked).toEqual([`${ROOM} @alice:x ${asked}`]);
      await say('@bob:x', text);
      expect(scribe.asked).toHaveLength(1);
      expect(answered()).toEqual([expect.stringContaining('modérateurs')]);
      const [action = '', what = ''] = asked.split(' ');
      const row = { action: `${what}.${action}`, means: 'command', roomId: ROOM };
      expect(audit.rows).toMatchObject([
        { ...row, userId: '@alice:x', outcome: 'accepted' },
        { ...row, userId: '@bob:x', outcome: 'refused', code: 'M_FORBIDDEN' },
      ]);
    });

    test.each(['!palabre record sideways', '!palabre record grid twice', '!palabre pause grid', '!palabre stop audio'])(
      '%s is no command',
      async (text) => {
        follow('en');
        await say('@alice:x', text);
        expect(scribe.asked).toEqual([]);
        expect(answered()).toEqual([expect.stringContaining('!palabre help')]);
      },
    );

    test.each(['!palabre arrêter', '!palabre ARRETER', '!palabre arre\u0302ter'])('%s stops', async (text) => {
      follow('fr');
      scribe.runs = [running('transcription')];
      await say('@alice:x', text);
      expect(scribe.asked).toEqual([`${ROOM} @alice:x stop transcription`]);
    });

    test.each(['palabre record', '!palabres record', 'I said !palabre record', '> !palabre record'])(
      '%j is none',
      async (text) => {
        follow('en');
        await say('@alice:x', text);
        expect([...scribe.asked, ...answered()]).toEqual([]);
      },
    );

    test('one that is not known gets one line that helps, in the language of the room', async () => {
      follow('fr');
      await say('@bob:x', '!palabre danser');
      await say('@bob:x', '!palabre record please');
      expect(answered()).toEqual([expect.stringContaining('!palabre aide'), expect.stringContaining('!palabre aide')]);
      expect(answered()[0]).not.toContain('\n');
    });

    test.each([
      ['!palabre help', 'en'],
      ['!palabre aide', 'en'],
      ['!palabre', 'fr'],
    ] as const)('%s lists every command in the language of the room (%s)', async (text, language) => {
      follow(language);
      await say('@bob:x', text);
      const [help = ''] = answered();
      const words =
        language === 'en'
          ? ['record', 'pause', 'resume', 'stop', 'status']
          : ['enregistrer', 'pause', 'reprendre', 'arrêter', 'état'];
      for (const layout of language === 'en'
        ? ['grid', 'speaker', 'screen', 'audio']
        : ['grille', 'orateur', 'écran', 'son'])
        expect(help).toContain(layout);
      for (const word of words) expect(help).toContain(`!palabre ${word}`);
      for (const sign of ['🔴', '⏸', '▶', '📝', '⏹', '💬']) expect(help).toContain(sign);
    });

    test('edits, notices of other bots and captions of files are none', async () => {
      follow('en');
      const message = { type: 'm.room.message', room_id: ROOM, sender: '@alice:x' };
      const text = { msgtype: 'm.text', body: '!palabre record' };
      const edit = { ...text, 'm.new_content': text, 'm.relates_to': { rel_type: 'm.replace', event_id: '$first' } };
      await inbox.deliver({ ...message, content: edit });
      await inbox.deliver({ ...message, content: { ...text, msgtype: 'm.notice' } });
      await inbox.deliver({ ...message, content: { ...text, msgtype: 'm.file' } });
      expect([...scribe.asked, ...answered()]).toEqual([]);
      await inbox.deliver({
        ...message,
        content: { ...text, 'm.relates_to': { rel_type: 'm.thread', event_id: '$meeting' } },
      });
      expect(scribe.asked).toHaveLength(1);
    });
  });

  describe('status', () => {
    test('says what runs, for how long, who started it, and nothing of who reads captions', async () => {
      follow('en');
      scribe.runs = [
        running('recording'),
        { ...running('captions') },
        { ...running('transcription'), phase: 'starting' },
      ];
      await say('@bob:x', '!palabre status');
      expect(answered()).toEqual([
        [
          'The call has been running for 2 min, with 2 people.',
          '🔴 Recording: for 1 min, started by Alice Bob: I (@alice:x).',
          '💬 Live captions: for 1 min.',
          '📝 Transcription: just starting or ending, started by Alice Bob: I (@alice:x).',
        ].join('\n'),
      ]);
    });

    test('a paused recording is neither starting nor ending', async () => {
      follow('fr');
      scribe.runs = [{ ...running('recording'), phase: 'paused' }];
      await say('@bob:x', '!palabre état');
      expect(answered()[0]).toContain('Enregistrement\u00a0: en pause, rien n’en est conservé');
    });

    test('when nothing runs, and when there is no call', async () => {
      follow('fr');
      await say('@bob:x', '!palabre état');
      expect(answered()[0]).toContain('Rien n’est enregistré');
      meeting = undefined;
      await say('@bob:x', '!palabre etat');
      expect(answered()[1]).toContain('Personne n’est dans l’appel');
    });
  });

  test('somebody who asks without end is answered a few times a minute', async () => {
    follow('en');
    for (let count = 0; count < 20; count += 1) await say('@bob:x', '!palabre record');
    expect(answered()).toHaveLength(6);
    expect(audit.rows).toHaveLength(20);
    await say('@alice:x', '!palabre help');
    expect(answered()).toHaveLength(7);
  });

  test('"stop" that fails for one of two is no failure', async () => {
    follow('en');
    scribe.runs = [running('recording'), running('transcription')];
    scribe.command = (_room, _user, { what }) =>
      what === 'recording' ? Promise.reject(new PalabreError('PALABRE_WRONG_STATE', 'no')) : Promise.resolve();
    await say('@alice:x', '!palabre stop');
    expect(answered()).toEqual([]);
    scribe.runs = [];
    await say('@alice:x', '!palabre stop');
    expect(answered()).toEqual(['no']);
  });

  test('every order is in the audit trail before it is given: who, by which means, in which meeting', async () => {
    follow('en');
    await react('@alice:x', '$own', '🔴');
    await say('@bob:x', '!palabre transcribe');
    expect(audit.rows).toEqual([
      expect.objectContaining({
        action: 'recording.start',
        means: 'reaction',
        userId: '@alice:x',
        roomId: ROOM,
        meetingId: 'meeting',
        outcome: 'accepted',
      }),
      expect.objectContaining({
        action: 'transcription.start',
        means: 'command',
        outcome: 'refused',
        code: 'M_FORBIDDEN',
      }),
    ]);
    audit.away = true;
    await expect(say('@alice:x', '!palabre transcribe')).rejects.toThrow('the database is away');
    expect(scribe.asked).toEqual([`${ROOM} @alice:x start recording`]);
  });

  describe('power that changes in mid-meeting', () => {
    const powers = (users: Record<string, number>) =>
      matrix.rooms.get(ROOM)?.state.set('m.room.power_levels\0', { sender: '@alice:x', content: { users } });

    test('counts at the next command, before its event has come', async () => {
      powers({ '@bob:x': 50 });
      follow('en');
      await say('@bob:x', '!palabre record');
      powers({ '@bob:x': 0 });
      await say('@bob:x', '!palabre stop');
      await react('@bob:x', '$bobs', '📝');
      expect(scribe.asked).toEqual([`${ROOM} @bob:x start recording`]);
      expect(answered()).toHaveLength(2);
    });

    test('a partner’s moderator may as far as policy says, at this moment', async () => {
      const partner = (record: boolean) => ({
        classes: { partner: { record } },
        servers: [{ match: 'p.example', class: 'partner' as const, transports: [] }],
      });
      const policy = createDomainPolicy('x', partner(true));
      ({ matrix, inbox, membership } = createFakeRoom(now, policy));
      matrix.rooms.get(ROOM)?.members.set('@pat:p.example', 'join');
      powers({ '@pat:p.example': 100 });
      follow('en');
      await say('@pat:p.example', '!palabre record');
      policy.replace(partner(false));
      scribe.runs = [running('recording')];
      await say('@pat:p.example', '!palabre stop');
      expect(scribe.asked).toEqual([`${ROOM} @pat:p.example start recording`]);
      expect(answered()).toEqual([expect.stringContaining('People of your server may not')]);
      expect(audit.rows.at(-1)).toMatchObject({
        action: 'recording.stop',
        outcome: 'refused',
        userId: '@pat:p.example',
      });
    });
  });
});
