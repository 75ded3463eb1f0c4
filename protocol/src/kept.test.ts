import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blockNonce, KEPT_TAG_BYTES, sealedLength, sealedSpan } from './kept.ts';

describe('a file sealed in blocks', () => {
  test('a span covers what is asked for, from whole blocks that lie in the file', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 1, max: 700 }),
        fc.nat(),
        fc.nat(),
        (bytes, block, from, length) => {
          const kept = { bytes, block_bytes: block };
          const start = from % bytes;
          const end = Math.min(bytes, start + 1 + (length % bytes));
          const { firstBlock, lengths, sealedStart, sealedEnd, skip } = sealedSpan(kept, start, end);
          expect(firstBlock * block + skip).toBe(start);
          const readable = lengths.reduce((sum, each) => sum + each, 0);
          expect(skip).toBeLessThan(lengths[0] ?? 0);
          expect(readable - skip).toBeGreaterThanOrEqual(end - start);
          expect(sealedStart % (block + KEPT_TAG_BYTES)).toBe(0);
          expect(sealedEnd - sealedStart).toBe(readable + lengths.length * KEPT_TAG_BYTES);
          expect(sealedEnd).toBeLessThanOrEqual(sealedLength(kept));
        },
      ),
    );
  });

  test('all of it is all of the file', () => {
    const kept = { bytes: 1_000, block_bytes: 300 };
    expect(sealedSpan(kept, 0, 1_000)).toEqual({
      firstBlock: 0,
      lengths: [300, 300, 300, 100],
      sealedStart: 0,
      sealedEnd: sealedLength(kept),
      skip: 0,
    });
  });

  test('no two blocks share a nonce', () => {
    const nonces = Array.from({ length: 70_000 }, (_, index) => blockNonce(index).join());
    expect(new Set(nonces).size).toBe(nonces.length);
  });
});
