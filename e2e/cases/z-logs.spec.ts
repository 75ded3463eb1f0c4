import { readFileSync } from 'node:fs';
import { expect, test } from '../fixtures/test.ts';

/**
 * Runs last: by now there were calls, kicks, recordings, transcripts and failures. What Palabre itself writes must name nobody.
 * (Synapse, PostgreSQL and livekit-server write their own logs, kept at warnings; identities that Element Call's protocol
 * prescribes name a person, and livekit-server writes them when something fails.)
 */
test('no log names a person, a room, a token or a word that was said @line', ({ stack }) => {
  const forbidden: readonly (readonly [string, RegExp])[] = [
    ['user id', /@?(alice|bob|carol|dave)-[0-9a-f]{6}/i],
    ['display name', /\b(Alice|Bob|Carol|Dave) [0-9a-f]{6}\b/],
    ['room id', /![A-Za-z0-9_-]{18,}/],
    ['room name', /Room [a-z0-9]{6}\b/],
    ['LiveKit token', /eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/],
    ['access token', /syt_[A-Za-z0-9_]+/],
    ['application service token', new RegExp(`${stack.facts.secrets.asToken}|${stack.facts.secrets.hsToken}`)],
    ['SFU secret', new RegExp(stack.facts.secrets.livekitSecret)],
    ['what was said', /telemarketers|household|messagerie comedian|dialed|préposés/i],
  ];
  for (const service of ['bridge', 'speech'] as const) {
    const path = stack.facts.logPaths[service];
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.length, `lines in the log of ${service}`).toBeGreaterThan(1);
    for (const [what, pattern] of forbidden) {
      const found = lines.filter((line) => pattern.test(line));
      expect(found.slice(0, 3), `${what} in the log of ${service}, ${String(found.length)} times`).toEqual([]);
    }
  }
});
