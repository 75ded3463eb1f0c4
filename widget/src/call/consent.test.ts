/** @jest-environment jsdom */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  CONSENT_TEXT_VERSION,
  QUIET_METADATA,
  type ConsentGiven,
  type ConsentMetadata,
  type ConsentState as ConsentAnswer,
  type RoomMetadata,
} from '@palabre/protocol';
import type { Host } from '../host/index.ts';
import { ApiError } from './api.ts';
import { createConsentDesk } from './consent.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  localStorage.clear();
});

const ME = '@me:x';
const SCRIBE = '@palabre-scribe:x';
const recorded = (consent: ConsentMetadata | undefined): RoomMetadata => ({
  ...QUIET_METADATA,
  scribe: SCRIBE,
  recording: { phase: 'on' },
  consent,
});
const asking = (...mine: ConsentMetadata['agreed'][string]): RoomMetadata =>
  recorded({ level: 'ask', agreed: mine.length === 0 ? {} : { [ME]: mine } });

function open({ session = true } = {}) {
  const world = {
    /** What SFUs say, our own first; none before the call. */
    said: [] as RoomMetadata[],
    answer: {
      level: 'ask',
      default_level: 'ask',
      room_level: null,
      working: ['recording'],
      answers: {},
      text_version: CONSENT_TEXT_VERSION,
    } as ConsentAnswer,
    refusal: undefined as Error | undefined,
    given: [] as ConsentGiven[],
    /** What the homeserver refuses. */
    takesNo: undefined as 'reaction' | 'redaction' | undefined,
    sent: [] as unknown[],
  };
  const host = {
    parameters: { userId: ME, roomId: '!r:x' },
    maySend: () => true,
    timeline: {
      send: (_type: string, content: unknown) => {
        if (world.takesNo === 'reaction') return Promise.reject(new ApiError('M_DUPLICATE_ANNOTATION'));
        world.sent.push(content);
        return Promise.resolve(`$sent${world.sent.length}`);
      },
      redact: (eventId: string) => {
        if (world.takesNo === 'redaction') return Promise.reject(new ApiError('M_LIMIT_EXCEEDED'));
        world.sent.push(eventId);
        return Promise.resolve();
      },
    },
  } as unknown as Host;
  const desk = createConsentDesk(
    host,
    {
      available: () => session,
      consent: () => Promise.resolve(world.answer),
      giveConsent: (given) => {
        if (world.refusal !== undefined) return Promise.reject(world.refusal);
        world.given.push(given);
        return Promise.resolve();
      },
      chooseConsentLevel: () => Promise.resolve(),
    },
    () => world.said,
    () => '$mine',
    () => undefined,
  );
  const say = (...said: RoomMetadata[]): void => {
    world.said = said;
    desk.look();
  };
  return { world, desk, say };
}
const inDialog = { language: 'en', how: 'dialog' } as const;

describe('what is asked', () => {
  test('in the lobby the bridge says what is kept, and what was said before', async () => {
    const { world, desk } = open();
    world.answer = { ...world.answer, answers: { recording: 'withdrawn' } };
    await desk.ask();
    expect(desk.state()).toMatchObject({
      level: 'ask',
      working: ['recording'],
      paused: [],
      answers: { recording: 'no' },
    });
    world.answer = { ...world.answer, paused: ['recording'] };
    await desk.ask();
    expect(desk.state()).toMatchObject({ working: ['recording'], paused: ['recording'] });
  });

  test('in the call everybody sees it in the metadata', () => {
    const { desk, say } = open();
    say(asking());
    expect(desk.state()).toMatchObject({ level: 'ask', working: ['recording'], answers: {}, forExterns: false });
    say(recorded({ level: 'ask', agreed: {}, for_externs: true }));
    expect(desk.state().forExterns).toBe(true);
    say(asking('recording'));
    expect(desk.state().answers).toEqual({ recording: 'yes' });
    say(QUIET_METADATA);
    // The recording is over, the answer counts for the meeting.
    expect(desk.state()).toMatchObject({ level: 'off', working: [], answers: { recording: 'yes' } });
  });

  test('who was agreed and is no longer has withdrawn, wherever that was done', () => {
    const { desk, say } = open();
    say(asking('recording'));
    say(asking());
    expect(desk.state().answers).toEqual({ recording: 'no' });
  });

  test('what is paused is asked and can be withdrawn, and comes after what goes on', () => {
    const { desk, say } = open();
    const pausedWith = (...mine: ConsentMetadata['agreed'][string]): RoomMetadata => ({
      ...asking(...mine),
      recording: { phase: 'paused' },
    });
    const pausing = { level: 'ask', working: ['recording'], paused: ['recording'] };
    say(pausedWith('recording'));
    expect(desk.state()).toMatchObject({ ...pausing, answers: { recording: 'yes' } });
    say(QUIET_METADATA, pausedWith());
    expect(desk.state()).toMatchObject({ ...pausing, way: 'room', answers: {} });
    const partners: RoomMetadata = { ...asking('recording'), transcription: { phase: 'starting' } };
    say(pausedWith(), partners);
    expect(desk.state()).toMatchObject({ working: ['recording', 'transcription'], paused: [], way: 'room' });
    say({ ...pausedWith(), transcription: { phase: 'on' } }, partners);
    expect(desk.state()).toMatchObject({ working: ['recording', 'transcription'], paused: ['recording'], way: 'api' });
  });

  test('a bridge that knows nothing of it asks nothing', () => {
    const { desk, say } = open();
    say(recorded(undefined));
    expect(desk.state().level).toBe('off');
  });
});

describe('answers', () => {
  test('through the bridge, with the words that were shown', async () => {
    const { world, desk, say } = open();
    say(asking());
    await desk.answer(['recording'], 'yes', inDialog);
    expect(world.given).toEqual([
      { ...inDialog, purposes: ['recording'], answer: 'yes', text_version: CONSENT_TEXT_VERSION },
    ]);
    expect(desk.state().answers).toEqual({ recording: 'yes' });
  });

  test('one that does not get through does not count, and is said', async () => {
    const { world, desk, say } = open();
    say(asking());
    world.refusal = new ApiError('NETWORK');
    await desk.answer(['recording'], 'yes', inDialog);
    expect(desk.state()).toMatchObject({ answers: {}, failure: 'NETWORK', sending: false });
  });

  test('a yes that nobody else comes to see is asked for again', async () => {
    const { desk, say } = open();
    say(asking());
    await desk.answer(['recording'], 'yes', inDialog);
    await jest.advanceTimersByTimeAsync(15_000);
    expect(desk.state()).toMatchObject({ answers: {}, failure: 'NO_EFFECT' });
  });

  const reaction = (key: string, language = 'en') => ({
    'm.relates_to': { rel_type: 'm.annotation', event_id: '$mine', key },
    'app.palabre.consent': { scribe: SCRIBE, language, text_version: CONSENT_TEXT_VERSION },
  });
  test('without a session: a reaction to one’s own membership for both, with the words that were shown', async () => {
    const { world, desk, say } = open({ session: false });
    say(asking());
    await desk.answer(['recording'], 'yes', { language: 'fr', how: 'dialog' });
    expect(world.sent).toEqual([reaction('✅', 'fr')]);
    expect(desk.state().answers).toEqual({ recording: 'yes', transcription: 'yes' });
  });

  test('a refusal is told as well, and each answer stands alone in the room', async () => {
    const { world, desk, say } = open({ session: false });
    say(asking());
    for (const said of ['no', 'yes', 'no', 'no'] as const) await desk.answer(['recording'], said, inDialog);
    expect(world.sent).toEqual([
      reaction('❌'),
      reaction('✅'),
      '$sent1',
      // The withdrawal first: what is tidied away after it changes nothing.
      reaction('❌'),
      '$sent2',
      // Homeservers take no second reaction of the same kind.
      '$sent4',
      reaction('❌'),
    ]);
  });

  test('whoever agrees anew to what is in force does not withdraw it meanwhile; to anything else they do answer anew', async () => {
    const { world, desk, say } = open({ session: false });
    say(asking());
    const agree = () => desk.answer(['recording'], 'yes', inDialog);
    await agree();
    // Nobody has heard it yet.
    await agree();
    expect(world.sent).toEqual([reaction('✅'), '$sent1', reaction('✅')]);
    say(asking('recording', 'transcription'));
    await agree();
    expect(world.sent).toHaveLength(3);
    expect(desk.state().answers).toEqual({ recording: 'yes', transcription: 'yes' });
    // One of the two was withdrawn elsewhere.
    say(asking('recording'));
    await agree();
    expect(world.sent.slice(3)).toEqual(['$sent3', reaction('✅')]);
    // The scribe is another.
    say({ ...asking('recording', 'transcription'), scribe: '@palabre-scribe:partner' });
    await agree();
    expect(world.sent.slice(5, 6)).toEqual(['$sent5']);
  });

  test('a yes that a no has overtaken is given anew, though it was not seen to be withdrawn yet', async () => {
    const { world, desk, say } = open({ session: false });
    say(asking());
    await desk.answer(['recording'], 'yes', inDialog);
    say(asking('recording', 'transcription'));
    world.takesNo = 'redaction';
    await desk.answer(['recording'], 'no', inDialog);
    world.takesNo = undefined;
    await desk.answer(['recording'], 'yes', inDialog);
    expect(world.sent).toEqual([reaction('✅'), reaction('❌'), '$sent1', reaction('✅'), '$sent2']);
  });

  describe('what cannot be taken away', () => {
    const withStandingRefusal = async () => {
      const opened = open({ session: false });
      opened.say(asking());
      await opened.desk.answer(['recording'], 'no', inDialog);
      opened.world.takesNo = 'redaction';
      await opened.desk.answer(['recording'], 'yes', inDialog);
      return opened;
    };

    test('does not make an answer fail that has counted', async () => {
      const { world, desk } = await withStandingRefusal();
      expect(world.sent).toEqual([reaction('❌'), reaction('✅')]);
      expect(desk.state()).toMatchObject({ answers: { recording: 'yes' }, failure: undefined });
    });

    test('is out of the way of the next answer, on a later page, too', async () => {
      await withStandingRefusal();
      const { world, desk, say } = open({ session: false });
      say(asking('recording', 'transcription'));
      await desk.answer(['recording'], 'no', inDialog);
      expect(world.sent).toEqual(['$sent1', reaction('❌'), '$sent2']);
      expect(desk.state()).toMatchObject({ answers: { recording: 'no' }, failure: undefined });
    });

    test('a withdrawal that cannot be sent takes the yes away, and where nothing helps, that is said', async () => {
      const { world, desk } = await withStandingRefusal();
      await desk.answer(['recording'], 'no', inDialog);
      expect(desk.state()).toMatchObject({ answers: { recording: 'yes' }, failure: 'M_LIMIT_EXCEEDED' });
      world.takesNo = 'reaction';
      await desk.answer(['recording'], 'no', inDialog);
      expect(world.sent.slice(2)).toEqual(['$sent1', '$sent2']);
      expect(desk.state()).toMatchObject({ answers: { recording: 'no' }, failure: undefined });
      await desk.answer(['recording'], 'no', inDialog);
      expect(desk.state().failure).toBe('M_DUPLICATE_ANNOTATION');
    });
  });

  test('a later page takes away what an earlier one sent', async () => {
    const first = open({ session: false });
    first.say(asking());
    await first.desk.answer(['recording'], 'yes', inDialog);
    const { world, desk, say } = open({ session: false });
    say(asking('recording', 'transcription'));
    await desk.answer(['recording'], 'no', inDialog);
    expect(world.sent).toEqual([reaction('❌'), '$sent1']);
  });

  test('what a browser without storage sent is taken back as well', async () => {
    const refused = jest.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
      throw new Error('SecurityError');
    });
    const { world, desk, say } = open({ session: false });
    say(asking());
    await desk.answer(['recording'], 'yes', inDialog);
    await desk.answer(['recording'], 'no', inDialog);
    refused.mockRestore();
    expect(world.sent[2]).toBe('$sent1');
  });

  test('a withdrawal that everybody else does not come to see did not happen, and is said', async () => {
    const { desk, say } = open();
    say(asking('recording'));
    await desk.answer(['recording'], 'no', inDialog);
    expect(desk.state().answers).toEqual({ recording: 'no' });
    await jest.advanceTimersByTimeAsync(15_000);
    expect(desk.state()).toMatchObject({ answers: { recording: 'yes' }, failure: 'STILL_KEPT' });
  });

  test('a withdrawal that is seen is silent, and so is a yes beside it', async () => {
    const { desk, say } = open();
    const both = { ...asking('recording'), transcription: { phase: 'on' } } as RoomMetadata;
    say(both);
    await desk.answer(['transcription'], 'yes', inDialog);
    await desk.answer(['recording'], 'no', inDialog);
    say({ ...both, consent: { level: 'ask', agreed: { [ME]: ['transcription'] } } });
    await jest.advanceTimersByTimeAsync(15_000);
    expect(desk.state()).toMatchObject({ answers: { recording: 'no', transcription: 'yes' }, failure: undefined });
  });

  test('of two answers at once, each has to show its effect', async () => {
    const { desk, say } = open();
    say({ ...asking(), transcription: { phase: 'on' } });
    await desk.answer(['transcription'], 'yes', inDialog);
    await desk.answer(['recording'], 'no', inDialog);
    await jest.advanceTimersByTimeAsync(15_000);
    expect(desk.state()).toMatchObject({ answers: { recording: 'no' }, failure: 'NO_EFFECT' });
    expect(desk.state().answers).not.toHaveProperty('transcription');
  });

  test('without a session, a yes that another client gave is withdrawn as well', async () => {
    const { world, desk, say } = open({ session: false });
    say(asking('recording'));
    await desk.answer(['recording'], 'no', inDialog);
    expect(world.sent).toEqual([reaction('❌')]);
    expect(desk.state()).toMatchObject({ answers: { recording: 'no' }, failure: undefined });
  });

  test('a partner’s scribe is answered by reaction, though our own bridge knows us', async () => {
    const { world, desk, say } = open();
    say(QUIET_METADATA, asking());
    expect(desk.state()).toMatchObject({ level: 'ask', working: ['recording'], way: 'room' });
    await desk.answer(['recording'], 'yes', inDialog);
    expect(world.given).toEqual([]);
    expect(world.sent).toHaveLength(1);
    expect(desk.state().elsewhere?.recording).toEqual({ phase: 'on' });
    say(asking(), QUIET_METADATA);
    expect(desk.state().elsewhere).toBeUndefined();
  });

  describe('each scribe asks for itself', () => {
    const partners = (...mine: ConsentMetadata['agreed'][string]): RoomMetadata => ({
      ...asking(...mine),
      scribe: '@palabre-scribe:partner.x',
    });

    test('who agreed to a partner’s is asked by ours, and the other way round', () => {
      const { desk, say } = open();
      say(QUIET_METADATA, partners('recording', 'transcription'));
      expect(desk.state().answers).toEqual({ recording: 'yes', transcription: 'yes' });
      say(QUIET_METADATA, QUIET_METADATA);
      say(asking(), QUIET_METADATA);
      expect(desk.state()).toMatchObject({ level: 'ask', working: ['recording'], answers: {} });
      say(asking('recording'), QUIET_METADATA);
      say(QUIET_METADATA, partners());
      // This one has heard a yes, which has been taken back since.
      expect(desk.state().answers).toEqual({ recording: 'no', transcription: 'no' });
      say(QUIET_METADATA, { ...partners(), scribe: '@palabre-scribe:other.x' });
      expect(desk.state().answers).toEqual({});
      say(asking('recording'), QUIET_METADATA);
      expect(desk.state().answers).toEqual({ recording: 'yes' });
    });

    test('what was said to ours before the call counts for ours alone', async () => {
      const { world, desk, say } = open();
      world.answer = { ...world.answer, answers: { recording: 'yes' } };
      await desk.ask();
      say(QUIET_METADATA, partners());
      expect(desk.state().answers).toEqual({});
      say(asking('recording'), QUIET_METADATA);
      expect(desk.state().answers).toEqual({ recording: 'yes' });
    });

    test('an answer to one is not looked for in what the other tells', async () => {
      const { desk, say } = open();
      say(QUIET_METADATA, partners());
      await desk.answer(['recording'], 'yes', inDialog);
      say(asking(), QUIET_METADATA);
      await jest.advanceTimersByTimeAsync(15_000);
      expect(desk.state()).toMatchObject({ answers: {}, failure: undefined });
    });
  });
});
