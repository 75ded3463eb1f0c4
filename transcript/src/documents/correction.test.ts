import { expect, test } from '@jest/globals';
import { TRANSCRIPT_CORRECTION } from '@palabre/protocol';
import { readCorrection } from './correction.ts';

const correction = { transcript_event_id: '$t', line_id: '1', what: 'text', text: 'better' };
const content = { msgtype: 'm.notice', body: 'x', [TRANSCRIPT_CORRECTION]: correction };

test('a correction counts in plain rooms, and in encrypted ones when it came encrypted', () => {
  expect(readCorrection({ encrypted: false, roomEncrypted: false }, content)).toEqual(correction);
  expect(readCorrection({ encrypted: true, roomEncrypted: true }, content)).toEqual(correction);
  expect(readCorrection({ encrypted: false, roomEncrypted: true }, content)).toBeUndefined();
});

test('other messages and malformed blocks are none', () => {
  const origin = { encrypted: false, roomEncrypted: false };
  expect(readCorrection(origin, { body: 'x' })).toBeUndefined();
  expect(readCorrection(origin, { [TRANSCRIPT_CORRECTION]: { ...correction, text: 'a\nb' } })).toBeUndefined();
  expect(readCorrection(origin, null)).toBeUndefined();
});
