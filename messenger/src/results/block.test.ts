import { describe, expect, test } from '@jest/globals';
import { RESULT_BLOCK } from '@palabre/protocol';
import fc from 'fast-check';
import { readBlock } from './block.ts';

const bots = { watcherUserId: '@palabre:home.example', scribeUserId: '@palabre-scribe:home.example' };
const notice = { kind: 'notice', level: 'warning', code: 'speech_unavailable' };
const content = { msgtype: 'm.notice', body: '…', [RESULT_BLOCK]: notice };

describe('readBlock', () => {
  test.each([bots.watcherUserId, bots.scribeUserId])('believes %s', (sender) => {
    expect(readBlock(sender, content, bots)).toEqual(notice);
  });

  test.each(['@mallory:home.example', '@palabre-scribe:elsewhere.example', '@palabre:elsewhere.example'])(
    'does not believe %s',
    (sender) => {
      expect(readBlock(sender, content, bots)).toBeUndefined();
    },
  );

  test('a malformed block is no block', () => {
    expect(readBlock(bots.scribeUserId, { [RESULT_BLOCK]: { kind: 'notice' } }, bots)).toBeUndefined();
    expect(readBlock(bots.scribeUserId, { body: 'x' }, bots)).toBeUndefined();
  });

  test('takes anything without failing', () => {
    fc.assert(
      fc.property(fc.anything(), (block) => {
        readBlock(bots.scribeUserId, { [RESULT_BLOCK]: block }, bots);
        readBlock(bots.scribeUserId, block, bots);
      }),
    );
  });
});
