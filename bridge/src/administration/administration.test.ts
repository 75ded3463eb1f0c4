import { describe, expect, test } from '@jest/globals';
import { createDomainPolicy } from '../membership/index.ts';
import { auditJson, auditLine, sinceOf } from './audit.ts';
import type { Config } from '../operations/index.ts';
import { Misuse } from './index.ts';
import { conclude, policy as explainPolicy } from './policy.ts';

const ENTRY = {
  atMs: Date.UTC(2026, 10, 22, 10),
  roomId: '!room:x',
  meetingId: undefined,
  target: undefined,
  userId: '@alice:x',
  means: 'command',
  action: 'recording.start',
  outcome: 'refused',
  code: 'M_FORBIDDEN',
} as const;

describe('palabre audit', () => {
  test('a line for people and one for programs', () => {
    expect(auditLine(ENTRY)).toBe(
      '2026-11-22T10:00:00.000Z  @alice:x  command  recording.start  refused (M_FORBIDDEN)',
    );
    expect(JSON.parse(auditJson(ENTRY))).toEqual({
      at: '2026-11-22T10:00:00.000Z',
      room_id: '!room:x',
      user_id: '@alice:x',
      means: 'command',
      action: 'recording.start',
      outcome: 'refused',
      code: 'M_FORBIDDEN',
    });
  });

  test('whom it was done to stands beside the action', () => {
    const entry = { ...ENTRY, action: 'lobby.admit', target: '@bob:y', outcome: 'accepted', code: undefined } as const;
    expect(auditLine(entry)).toBe('2026-11-22T10:00:00.000Z  @alice:x  command  lobby.admit @bob:y  accepted');
    expect(JSON.parse(auditJson(entry))).toMatchObject({ action: 'lobby.admit', target: '@bob:y' });
  });

  test('what is no date is not taken for one', () => {
    expect(sinceOf('2026-11-22')).toBe(Date.UTC(2026, 10, 22));
    expect(() => sinceOf('yesterday')).toThrow(Misuse);
  });
});

describe('palabre policy explain', () => {
  const policy = createDomainPolicy('x', {
    classes: {},
    servers: [{ match: 'out.example', class: 'extern', transports: [] }],
  });

  test('a room that was replaced gives nobody a token, and its successor is named', () => {
    const own = policy.of('@alice:x');
    const replaced = conclude('!old', { joined: true, tombstone: { successor: '!new' } }, own);
    expect(replaced.join('\n')).toContain('!old was replaced by !new');
    expect(replaced.at(-1)).toBe('So: gets no token for its call.');
    expect(conclude('!old', { joined: true, tombstone: { successor: undefined } }, own).join()).toContain('replaced:');
    expect(conclude('!old', { joined: true, tombstone: undefined }, own).at(-1)).toBe('So: gets a token for its call.');
  });

  test('where no homeserver runs: one plain sentence with what to do', async () => {
    const config = {
      serverName: 'x',
      policy: { classes: {}, servers: [] },
      // Nobody listens on the port for discarding.
      homeserver: { baseUrl: 'http://127.0.0.1:9' },
      appservice: { asToken: 'secret', watcher: 'palabre', scribe: 'palabre-scribe' },
      publicUrls: { api: 'http://localhost:8602' },
    } as unknown as Config;
    const asked = explainPolicy(['explain', '@alice:x', '!room'], () => config);
    await expect(asked).rejects.toBeInstanceOf(Misuse);
    await expect(asked).rejects.toThrow(
      /^The homeserver at http:\/\/127\.0\.0\.1:9 does not answer.* Start it and try again, or leave out the room/,
    );
    await expect(explainPolicy(['explain', '@alice:x'], () => config)).resolves.toContain(
      '@alice:x is own (of this server).',
    );
  });

  test('who is not of a server that policy admits gets none', () => {
    const stranger = policy.of('@eve:elsewhere');
    expect(conclude('!room', { joined: true, tombstone: undefined }, stranger).at(-1)).toContain('gets no token');
  });
});
