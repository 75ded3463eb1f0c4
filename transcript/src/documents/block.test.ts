import { describe, expect, test } from '@jest/globals';
import { RESULT_BLOCK } from '@palabre/protocol';
import fc from 'fast-check';
import { readBlock } from './block.ts';

const bots = { watcherUserId: '@palabre:home.example', scribeUserId: '@palabre-scribe:home.example' };
const notice = { kind: 'notice', level: 'warning', code: 'speech_unavailable' };
const content = { msgtype: 'm.notice', body: '…', [RESULT_BLOCK]: notice };
const from = (sender: string, encrypted = false, roomEncrypted = false) => ({ sender, encrypted, roomEncrypted });

describe('readBlock', () => {
  test.each([bots.watcherUserId, bots.scribeUserId])('believes %s', (sender) => {
    expect(readBlock(from(sender), content, bots)).toEqual(notice);
  });

  test.each(['@mallory:home.example', '@palabre-scribe:elsewhere.example', '@palabre:elsewhere.example'])(
    'does not believe %s',
    (sender) => {
      expect(readBlock(from(sender), content, bots)).toBeUndefined();
    },
  );

  const transcript = {
    [RESULT_BLOCK]: { kind: 'transcript', meeting_id: 'm', format: 'txt', duration_ms: 1, model: 'x', gaps: [] },
  };
  test.each([
    ['in the clear, of an encrypted room', false, true, false],
    ['encrypted', true, true, true],
    ['in the clear, of a room in the clear', false, false, true],
  ])('a transcript %s', (_how, encrypted, roomEncrypted, believed) => {
    const block = readBlock(from(bots.scribeUserId, encrypted, roomEncrypted), transcript, bots);
    expect(block !== undefined).toBe(believed);
  });

  test('notices count in the clear too', () => {
    expect(readBlock(from(bots.watcherUserId, false, true), content, bots)).toEqual(notice);
  });

  test('a malformed block is no block', () => {
    expect(readBlock(from(bots.scribeUserId), { [RESULT_BLOCK]: { kind: 'notice' } }, bots)).toBeUndefined();
    expect(readBlock(from(bots.scribeUserId), { body: 'x' }, bots)).toBeUndefined();
  });

  test('takes anything without failing', () => {
    fc.assert(
      fc.property(fc.anything(), (block) => {
        readBlock(from(bots.scribeUserId), { [RESULT_BLOCK]: block }, bots);
        readBlock(from(bots.scribeUserId), block, bots);
      }),
    );
  });
});
