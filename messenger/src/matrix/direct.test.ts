import { describe, expect, test } from '@jest/globals';
import { MatrixEvent } from 'matrix-js-sdk';
import { isDirect } from './direct.ts';

const clientWith = (content: Record<string, unknown> | undefined) => ({
  getAccountData: () => (content === undefined ? undefined : new MatrixEvent({ type: 'm.direct', content })),
});

describe('direct messages', () => {
  test('are those that the account lists, whoever the other one is', () => {
    const client = clientWith({ '@bob:x': ['!a', '!b'], '@carol:x': ['!c'] });
    expect(['!a', '!c', '!d'].map((roomId) => isDirect(client, roomId))).toEqual([true, true, false]);
  });

  test.each([undefined, {}, { '@bob:x': '!a' }, { '@bob:x': null }])('%j lists none', (content) => {
    expect(isDirect(clientWith(content), '!a')).toBe(false);
  });
});
