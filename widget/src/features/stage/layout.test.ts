import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { layoutStage, type Box, type StageTile } from './layout.ts';

const cameras = (count: number): StageTile[] =>
  Array.from({ length: count }, (_, index) => ({ kind: 'camera', self: index === 0 }));
const screen: StageTile = { kind: 'screen', self: false };
const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width - 0.01 &&
  b.x < a.x + a.width - 0.01 &&
  a.y < b.y + b.height - 0.01 &&
  b.y < a.y + a.height - 0.01;

describe('layoutStage', () => {
  test('a desktop grid is 16 : 9 and as large as the count allows', () => {
    const { boxes } = layoutStage(cameras(4), { width: 1600, height: 900 });
    expect(boxes.map((box) => Math.round(((box?.width ?? 0) / (box?.height ?? 1)) * 100))).toEqual([
      178, 178, 178, 178,
    ]);
    expect(boxes[0]?.width).toBeGreaterThan(780);
    const five = layoutStage(cameras(5), { width: 1600, height: 900 });
    // Two in the last row, in the middle.
    expect(five.boxes[3]?.x).toBeGreaterThan(five.boxes[0]?.x ?? 0);
  });

  test('two people: the other is large, we float in the corner', () => {
    const layout = layoutStage(cameras(2), { width: 1280, height: 720 });
    expect(layout.floating).toBe(0);
    expect(layout.boxes[1]).toEqual({ x: 0, y: 0, width: 1280, height: 720 });
    const own = layout.boxes[0];
    expect((own?.x ?? 0) + (own?.width ?? 0)).toBeLessThan(1280);
  });

  test('captions over the lower end of the stage: we float in the upper corner, below its mark', () => {
    const own = layoutStage(cameras(2), { width: 940, height: 640 }, true).boxes[0];
    expect(own?.y).toBeGreaterThanOrEqual(28);
    expect((own?.y ?? 0) + (own?.height ?? 0)).toBeLessThan(640 / 2);
  });

  test('a shared screen takes the stage, the rest is counted', () => {
    const layout = layoutStage([screen, ...cameras(12)], { width: 1280, height: 640 });
    expect(layout.boxes[0]?.width).toBeGreaterThan(900);
    expect(layout.overflow?.hidden).toBeGreaterThan(0);
    expect(layout.boxes.filter((box) => box === undefined)).toHaveLength(layout.overflow?.hidden ?? 0);
  });

  test('many people scroll instead of becoming stamps', () => {
    const layout = layoutStage(cameras(150), { width: 1280, height: 640 });
    expect(layout.height).toBeGreaterThan(640);
    expect(layout.boxes[149]?.width).toBeGreaterThanOrEqual(200);
  });

  test('no tile overlaps another or leaves the stage, whatever the size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        fc.integer({ min: 280, max: 2600 }),
        fc.integer({ min: 200, max: 1600 }),
        (count, shared, width, height) => {
          const tiles = shared ? [screen, ...cameras(count)] : cameras(count);
          const layout = layoutStage(tiles, { width, height });
          const boxes = [...layout.boxes, layout.overflow?.box].flatMap((box) => box ?? []);
          const outside = boxes.filter(
            (box) =>
              box.x < -0.01 ||
              box.y < -0.01 ||
              box.x + box.width > width + 0.01 ||
              box.y + box.height > layout.height + 0.01,
          );
          expect(outside).toEqual([]);
          const overlapping = boxes.filter((box, index) => boxes.slice(index + 1).some((other) => overlap(box, other)));
          if (layout.floating === undefined) expect(overlapping).toEqual([]);
          expect(boxes.length + (layout.overflow?.hidden ?? 0) - (layout.overflow === undefined ? 0 : 1)).toBe(
            tiles.length,
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});
