import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Rights, ScribeCommand } from '@palabre/protocol';
import type { Host } from '../host/index.ts';
import { RIGHTS } from '../testing/rights.ts';
import { ApiError, type Api } from './api.ts';
import { commandShows, createMeeting, readMetadata } from './meeting.ts';

describe('metadata of the SFU room', () => {
  test('is read as the bridge writes it', () => {
    const metadata = {
      v: 1,
      recording: { phase: 'on', since_ms: 5 },
      transcription: { phase: 'off' },
      captions: { phase: 'on', late: true },
      scribe: '@s:x',
    };
    expect(readMetadata(JSON.stringify(metadata))).toEqual(metadata);
  });

  test('an older bridge says nothing of captions', () => {
    const metadata = { v: 1, recording: { phase: 'off' }, transcription: { phase: 'off' } };
    expect(readMetadata(JSON.stringify(metadata)).captions).toEqual({ phase: 'off' });
  });

  test.each([undefined, '', 'null', '{', '{"v":2}', '{"v":1,"recording":{"phase":"maybe"}}'])(
    '%p means that nothing goes on',
    (text) => {
      expect(readMetadata(text)).toMatchObject({ recording: { phase: 'off' }, transcription: { phase: 'off' } });
    },
  );

  test('a command is over when its effect, or its failure, shows', () => {
    const at = (phase: 'off' | 'starting' | 'on' | 'stopping' | 'failed') => ({
      v: 1 as const,
      recording: { phase },
      transcription: { phase: 'off' as const },
      captions: { phase: 'off' as const },
    });
    const start = { action: 'start', what: 'recording' } as const;
    const stop = { action: 'stop', what: 'recording' } as const;
    const phases = ['off', 'starting', 'on', 'stopping', 'failed'] as const;
    expect(phases.map((phase) => commandShows(start, at(phase)))).toEqual([false, true, true, false, true]);
    expect(phases.map((phase) => commandShows(stop, at(phase)))).toEqual([true, false, false, true, true]);
  });
});

const start: ScribeCommand = { action: 'start', what: 'recording' };
const neither = { recording: undefined, transcription: undefined };

describe('rights and commands', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** A meeting with a bridge that answers what `bridge` says at that moment. */
  const open = () => {
    const bridge = {
      rights: (): Promise<Rights> => Promise.resolve(RIGHTS),
      command: (): Promise<void> => Promise.resolve(),
      invite: (): Promise<void> => Promise.resolve(),
    };
    let asked = 0;
    const api: Parameters<typeof createMeeting>[1] = {
      available: () => true,
      useSession: () => undefined,
      rights: () => {
        asked++;
        return bridge.rights();
      },
      command: () => bridge.command(),
      recheck: () => Promise.resolve(),
      lobby: () => Promise.resolve({ people: [] }),
      decide: () => Promise.resolve(),
      minutes: () => Promise.resolve({ mode: 'post', drafts: [] }),
      decideMinutes: () => Promise.resolve(),
    };
    // Commands go through the API here; the messenger is not asked.
    const invited: string[] = [];
    const host = {
      parameters: { direct: false },
      invite: (userId: string) => {
        invited.push(userId);
        return bridge.invite();
      },
    };
    const meeting = createMeeting(
      host as unknown as Host,
      api,
      () => '$own',
      () => undefined,
    );
    return { meeting, bridge, invited, asked: () => asked };
  };

  describe('where only moderators may invite the scribe', () => {
    /** Refused as long as the scribe is not invited. */
    const openClosed = async (invite: () => Promise<void> = () => Promise.resolve()) => {
      const opened = open();
      opened.bridge.command = () =>
        opened.invited.length === 0 ? Promise.reject(new ApiError('PALABRE_SCRIBE_ABSENT')) : Promise.resolve();
      opened.bridge.invite = invite;
      await opened.meeting.askRights();
      await opened.meeting.command(start);
      return opened;
    };

    test('the moderator’s click invites it, and is obeyed', async () => {
      const { meeting, invited } = await openClosed();
      expect(invited).toEqual([RIGHTS.scribe_user_id]);
      expect(meeting.state().failures).toEqual(neither);
      expect(meeting.state().pending.recording).toBe('start');
      meeting.close();
    });

    test('a messenger that will not invite leaves the person with what to do', async () => {
      const { meeting } = await openClosed(() => Promise.reject(new Error('not allowed')));
      expect(meeting.state().failures.recording).toBe('PALABRE_SCRIBE_ABSENT');
      meeting.close();
    });
  });

  test('the network’s silence takes no rights away, and they are asked for again soon', async () => {
    const { meeting, bridge, asked } = open();
    await meeting.askRights();
    bridge.rights = () => Promise.reject(new ApiError('NETWORK'));
    await jest.advanceTimersByTimeAsync(120_000);
    expect([meeting.state().rights, asked()]).toEqual([RIGHTS, 2]);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(asked()).toBe(3);
    meeting.close();
  });

  test('a refusal takes them', async () => {
    const { meeting, bridge } = open();
    await meeting.askRights();
    bridge.rights = () => Promise.reject(new ApiError('M_FORBIDDEN'));
    await meeting.askRights();
    expect(meeting.state().rights).toBeUndefined();
    meeting.close();
  });

  test('what was asked in one call changes nothing in the next', async () => {
    const { meeting, bridge, asked } = open();
    let answer: (given: Rights) => void = () => undefined;
    let refuse: (error: Error) => void = () => undefined;
    bridge.rights = () => new Promise((resolve) => (answer = resolve));
    bridge.command = () => new Promise((_resolve, reject) => (refuse = reject));
    const asking = meeting.askRights();
    const commanding = meeting.command(start);
    meeting.close();
    answer(RIGHTS);
    refuse(new ApiError('M_FORBIDDEN'));
    await Promise.all([asking, commanding]);
    await jest.advanceTimersByTimeAsync(300_000);
    expect(meeting.state()).toMatchObject({ rights: undefined, pending: neither, failures: neither });
    expect(asked()).toBe(1);
  });

  test('a command waits until it shows, and says so when it does not', async () => {
    const { meeting } = open();
    await meeting.command(start);
    expect(meeting.state().pending).toEqual({ recording: 'start', transcription: undefined });
    meeting.useMetadata('{"v":1,"recording":{"phase":"starting"},"transcription":{"phase":"off"}}');
    expect(meeting.state()).toMatchObject({ pending: neither, failures: neither });
    await meeting.command({ action: 'start', what: 'transcription' });
    await jest.advanceTimersByTimeAsync(20_000);
    expect(meeting.state()).toMatchObject({ pending: neither, failures: { ...neither, transcription: 'NO_EFFECT' } });
    meeting.dismissFailure('NO_EFFECT');
    expect(meeting.state().failures).toEqual(neither);
    meeting.close();
  });

  test('recording and transcription are commanded independently', async () => {
    const { meeting, bridge } = open();
    await meeting.command(start);
    await meeting.command({ action: 'start', what: 'transcription' });
    expect(meeting.state().pending).toEqual({ recording: 'start', transcription: 'start' });
    meeting.useMetadata('{"v":1,"recording":{"phase":"off"},"transcription":{"phase":"starting"}}');
    expect(meeting.state().pending).toEqual({ recording: 'start', transcription: undefined });
    bridge.command = () => Promise.reject(new ApiError('M_FORBIDDEN'));
    await meeting.command({ action: 'stop', what: 'transcription' });
    await jest.advanceTimersByTimeAsync(20_000);
    expect(meeting.state()).toMatchObject({
      pending: neither,
      failures: { recording: 'NO_EFFECT', transcription: 'M_FORBIDDEN', captions: undefined },
    });
    meeting.close();
  });

  const throughTheRoom = () => {
    const sendRoomEvent = jest.fn<(type: string, content: unknown, roomId: string) => Promise<{ event_id: string }>>();
    sendRoomEvent.mockResolvedValue({ event_id: '$r' });
    const meeting = createMeeting(
      { api: { sendRoomEvent }, parameters: { roomId: '!r:x' } } as unknown as Host,
      { available: () => false } as unknown as Api,
      () => '$own',
      () => undefined,
    );
    return { meeting, sendRoomEvent };
  };

  test('through the room one reaction stops both', async () => {
    const { meeting, sendRoomEvent } = throughTheRoom();
    meeting.useMetadata('{"v":1,"recording":{"phase":"on"},"transcription":{"phase":"on"}}');
    await meeting.command({ action: 'stop', what: 'recording' });
    await meeting.command({ action: 'stop', what: 'transcription' });
    expect(sendRoomEvent).toHaveBeenCalledTimes(1);
    meeting.close();
  });

  test('every command has a reaction of its own', async () => {
    const { meeting, sendRoomEvent } = throughTheRoom();
    const recording = (phase: string): void =>
      meeting.useMetadata(JSON.stringify({ v: 1, recording: { phase }, transcription: { phase: 'off' } }));
    await meeting.command({ action: 'start', what: 'recording' });
    recording('on');
    await meeting.command({ action: 'pause', what: 'recording' });
    recording('paused');
    await meeting.command({ action: 'resume', what: 'recording' });
    recording('on');
    await meeting.command({ action: 'stop', what: 'recording' });
    expect(sendRoomEvent.mock.calls.map(([, content]) => content)).toEqual(
      ['🔴', '⏸', '▶', '⏹'].map((key) => ({
        'm.relates_to': { rel_type: 'm.annotation', event_id: '$own', key },
      })),
    );
    meeting.close();
  });
});
