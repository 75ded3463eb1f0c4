import { expect, test } from '@jest/globals';
import type { MessageItem } from '../../store/model.ts';
import { awaitedOf } from './awaited.ts';

const HOUR_MS = 3_600_000;
const result = (kind: string, sentMs: number): MessageItem => ({ sentMs, block: { kind } }) as unknown as MessageItem;
const meeting = (results: readonly MessageItem[] = []): MessageItem => {
  const preparing = [
    { what: 'recording', since_ms: 1_000 },
    { what: 'transcription', since_ms: 2_000 },
  ];
  return { block: { kind: 'meeting', preparing }, results } as unknown as MessageItem;
};

test('what is being worked out is awaited until it is there', () => {
  expect(awaitedOf(meeting(), 3_000)).toEqual(['recording', 'transcription']);
  expect(awaitedOf(meeting([result('recording', 5_000)]), 6_000)).toEqual(['transcription']);
  expect(awaitedOf(meeting([result('recording', 5_000), result('transcript', 5_000)]), 6_000)).toEqual([]);
});

test('a result of an earlier recording is not the one that is awaited', () => {
  expect(awaitedOf(meeting([result('recording', 500)]), 3_000)).toEqual(['recording', 'transcription']);
});

test('nobody waits for ever for somebody who says nothing any more', () => {
  expect(awaitedOf(meeting(), 8 * HOUR_MS)).toEqual([]);
});
