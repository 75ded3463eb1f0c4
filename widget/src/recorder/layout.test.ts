import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contained, coveringPart, hueOf, initialsOf, layoutOf, type Rect } from './layout.ts';

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

describe('layout', () => {
  test('tiles never overlap, stay on the picture, and nobody is forgotten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.boolean(), (people, sharing) => {
        const { screen, tiles, hidden } = layoutOf(people, sharing, 1280, 720);
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

  test('pictures keep their shape', () => {
    const tile = { x: 10, y: 10, width: 320, height: 180 };
    expect(contained(400, 400, tile)).toEqual({ x: 80, y: 10, width: 180, height: 180 });
    const part = coveringPart(400, 400, tile);
    expect(part.width / part.height).toBeCloseTo(320 / 180);
  });
});

test('initials of names in several scripts', () => {
  expect(['Alice Martin', '@bob:hs', 'Élodie', '王 小明', '👩‍🔬 Zoë', ''].map(initialsOf)).toEqual([
    'AM',
    'BH',
    'É',
    '王小',
    '👩‍🔬Z',
    '',
  ]);
});

test('a person keeps their colour', () => {
  expect(hueOf('@alice:hs:DEV')).toBe(hueOf('@alice:hs:DEV'));
  expect(hueOf('@alice:hs:DEV')).not.toBe(hueOf('@bob:hs:DEV'));
});
