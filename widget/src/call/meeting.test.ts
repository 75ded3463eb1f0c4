import { describe, expect, test } from '@jest/globals';
import { commandShows, readMetadata } from './meeting.ts';

describe('metadata of the SFU room', () => {
  test('is read as the bridge writes it', () => {
    const metadata = { v: 1, recording: { phase: 'on', since_ms: 5 }, transcription: { phase: 'off' } };
    expect(readMetadata(JSON.stringify(metadata))).toEqual(metadata);
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
    });
    const start = { action: 'start', what: 'recording' } as const;
    const stop = { action: 'stop', what: 'recording' } as const;
    const phases = ['off', 'starting', 'on', 'stopping', 'failed'] as const;
    expect(phases.map((phase) => commandShows(start, at(phase)))).toEqual([false, true, true, false, true]);
    expect(phases.map((phase) => commandShows(stop, at(phase)))).toEqual([true, false, false, true, true]);
  });
});
