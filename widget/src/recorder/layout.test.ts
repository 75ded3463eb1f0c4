import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contained, coveringPart, hueOf, layoutOf, nextSpeaker, type Rect } from './layout.ts';
import { createWritten } from './written.ts';

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

const KINDS = fc.constantFrom('screen', 'grid', 'speaker');

describe('layout', () => {
  test('tiles never overlap, stay on the picture, and nobody is forgotten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.boolean(), KINDS, (people, sharing, kind) => {
        const { screen, tiles, hidden } = layoutOf(people, sharing, 1280, 720, kind);
        expect(screen !== undefined).toBe(sharing);
        expect(tiles.length + hidden).toBe(people);
        const all = screen === undefined ? [...tiles] : [screen, ...tiles];
        all.forEach((rect, index) => {
          expect(rect.x).toBeGreaterThanOrEqual(0);
          expect(rect.y).toBeGreaterThanOrEqual(0);
          expect(rect.x + rect.width).toBeLessThanOrEqual(1280);
          expect(rect.y + rect.height).toBeLessThanOrEqual(720);
          for (const other of all.slice(index + 1)) expect(overlap(rect, other)).toBe(false);
        });
      }),
    );
  });

  test('two people share the width, a shared screen takes most of it', () => {
    const two = layoutOf(2, false, 1280, 720).tiles;
    expect(two.map(({ width }) => width)).toEqual([628, 628]);
    expect(layoutOf(2, true, 1280, 720).screen?.width).toBeGreaterThan(1000);
  });

  test('in a grid a shared screen is one of all; whoever speaks is larger than everybody else', () => {
    const grid = layoutOf(3, true, 1280, 720, 'grid');
    expect(new Set([grid.screen, ...grid.tiles].map((rect) => rect?.width)).size).toBe(1);
    const [large, ...others] = layoutOf(4, false, 1280, 720, 'speaker').tiles;
    for (const other of others) expect((large?.width ?? 0) / other.width).toBeGreaterThan(3);
    expect(layoutOf(1, false, 1280, 720, 'speaker').tiles[0]).toEqual({ x: 8, y: 8, width: 1264, height: 704 });
  });

  test('pictures keep their shape', () => {
    const tile = { x: 10, y: 10, width: 320, height: 180 };
    expect(contained(400, 400, tile)).toEqual({ x: 80, y: 10, width: 180, height: 180 });
    const part = coveringPart(400, 400, tile);
    expect(part.width / part.height).toBeCloseTo(320 / 180);
  });
});

test('a person keeps their colour', () => {
  expect(hueOf('@alice:hs:DEV')).toBe(hueOf('@alice:hs:DEV'));
  expect(hueOf('@alice:hs:DEV')).not.toBe(hueOf('@bob:hs:DEV'));
});

describe('whoever is shown large', () => {
  test('stays while they speak and for a moment after, whoever else does', () => {
    const alice = nextSpeaker(undefined, ['alice'], 0);
    expect(alice?.identity).toBe('alice');
    expect(nextSpeaker(alice, ['bob', 'alice'], 5_000)).toEqual({ identity: 'alice', heardMs: 5_000 });
    expect(nextSpeaker(alice, ['bob'], 1_000)?.identity).toBe('alice');
    expect(nextSpeaker(alice, ['bob'], 2_000)).toEqual({ identity: 'bob', heardMs: 2_000 });
    expect(nextSpeaker(alice, [], 60_000)?.identity).toBe('alice');
  });
});

describe('what stands in the picture', () => {
  test('newer text of the same sentence takes its place, empty text takes it back, and old text goes', () => {
    const written = createWritten();
    written.set({ segmentId: '1', identity: 'alice', name: 'Alice', text: 'the bud' }, 0);
    written.set({ segmentId: '1', identity: 'alice', name: 'Alice', text: 'the budget' }, 1_000);
    written.set({ segmentId: '2', identity: 'bob', name: 'Bob', text: 'yes' }, 1_500);
    expect(written.shown(2_000).map(({ text }) => text)).toEqual(['the budget', 'yes']);
    written.set({ segmentId: '2', identity: 'bob', name: 'Bob', text: ' ' }, 2_500);
    expect(written.shown(2_600).map(({ text }) => text)).toEqual(['the budget']);
    expect(written.shown(5_100)).toEqual([]);
    for (const id of ['3', '4', '5']) written.set({ segmentId: id, identity: 'bob', name: 'Bob', text: id }, 6_000);
    expect(written.shown(6_000).map(({ text }) => text)).toEqual(['4', '5']);
  });
});
