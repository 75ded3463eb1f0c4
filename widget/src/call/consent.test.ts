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
const recorded = (consent: ConsentMetadata | undefined): RoomMetadata => ({
  ...QUIET_METADATA,
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
    sent: [] as unknown[],
  };
  const host = {
    parameters: { userId: ME, roomId: '!r:x' },
    maySend: () => true,
    timeline: {
      send: (_type: string, content: unknown) => {
        world.sent.push(content);
        return Promise.resolve(`$sent${world.sent.length}`);
      },
      redact: (eventId: string) => Promise.resolve(void world.sent.push(eventId)),
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
    expect(desk.state()).toMatchObject({ level: 'ask', working: ['recording'], answers: { recording: 'no' } });
  });

  test('in the call everybody sees it in the metadata', () => {
    const { desk, say } = open();
    say(asking());
    expect(desk.state()).toMatchObject({ level: 'ask', working: ['recording'], answers: {} });
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

  test('without a session: a reaction to one’s own membership for both, which is taken back to withdraw', async () => {
    const { world, desk, say } = open({ session: false });
    say(asking());
    await desk.answer(['recording'], 'yes', inDialog);
    expect(world.sent).toEqual([{ 'm.relates_to': { rel_type: 'm.annotation', event_id: '$mine', key: '✅' } }]);
    expect(desk.state().answers).toEqual({ recording: 'yes', transcription: 'yes' });
    await desk.answer(['recording'], 'no', inDialog);
    expect(world.sent[1]).toBe('$sent1');
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
    expect(world.sent[1]).toBe('$sent1');
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

  test('without a session, a yes that another client gave is not withdrawn here', async () => {
    const { world, desk, say } = open({ session: false });
    say(asking('recording'));
    await desk.answer(['recording'], 'no', inDialog);
    expect(world.sent).toEqual([]);
    expect(desk.state()).toMatchObject({ answers: { recording: 'yes' }, failure: 'STILL_KEPT' });
  });

  test('a partner’s scribe is answered by reaction, though our own bridge knows us', async () => {
    const { world, desk, say } = open();
    say(QUIET_METADATA, asking());
    expect(desk.state()).toMatchObject({ level: 'ask', working: ['recording'], way: 'room' });
    await desk.answer(['recording'], 'yes', inDialog);
    expect(world.given).toEqual([]);
    expect(world.sent).toHaveLength(1);
  });
});
