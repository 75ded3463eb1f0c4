import { expect } from '@playwright/test';
import type { Frame, Locator } from '@playwright/test';
import type { PacketCounts } from './probes.ts';

export type Colour = readonly [number, number, number];

/** Two looks at a video, `apartMs` apart: its prevailing colour, and how much of the picture changed. */
export interface Look {
  readonly colour: Colour;
  readonly changed: number;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
}

/** So many new ones show that a picture moves on. */
const FRAMES = 5;

/** Draws a playing video twice onto a small canvas, waiting for new decoded frames in between. */
export async function lookAt(video: Locator): Promise<Look> {
  return video.evaluate(async (element, wantedFrames) => {
    if (!(element instanceof HTMLVideoElement)) throw new Error('not a video');
    const size = { width: 64, height: 36 };
    const snap = () => {
      const pen = new OffscreenCanvas(size.width, size.height).getContext('2d', { willReadFrequently: true });
      if (pen === null) throw new Error('no 2d canvas');
      pen.drawImage(element, 0, 0, size.width, size.height);
      return pen.getImageData(0, 0, size.width, size.height).data;
    };
    const nextFrames = (count: number) =>
      new Promise<number>((resolve) => {
        let seen = 0;
        const late = setTimeout(() => {
          resolve(seen);
        }, 3000);
        const onFrame = () => {
          seen += 1;
          if (seen >= count) {
            clearTimeout(late);
            resolve(seen);
          } else element.requestVideoFrameCallback(onFrame);
        };
        element.requestVideoFrameCallback(onFrame);
      });
    const first = snap();
    const frames = await nextFrames(wantedFrames);
    const second = snap();
    let changed = 0;
    const channels: [number[], number[], number[]] = [[], [], []];
    for (let at = 0; at < second.length; at += 4) {
      const difference = [0, 1, 2].reduce((sum, c) => sum + Math.abs((first[at + c] ?? 0) - (second[at + c] ?? 0)), 0);
      if (difference > 90) changed += 1;
      for (const c of [0, 1, 2] as const) channels[c].push(second[at + c] ?? 0);
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    return {
      colour: [median(channels[0]), median(channels[1]), median(channels[2])] as const,
      changed: changed / (size.width * size.height),
      frames,
      width: element.videoWidth,
      height: element.videoHeight,
    };
  }, FRAMES);
}

/** Video coding shifts colours a little; actors' colours are far apart. */
export function sameColour(seen: Colour, wanted: Colour, tolerance = 60): boolean {
  return seen.every((value, channel) => Math.abs(value - (wanted[channel] ?? 0)) <= tolerance);
}

/** Waits until this video shows moving pictures of the wanted colour. */
export async function expectMovingVideo(video: Locator, wanted: Colour, timeout = 20_000): Promise<void> {
  await expect(async () => {
    const look = await lookAt(video);
    expect(look.frames, 'decoded frames').toBeGreaterThanOrEqual(FRAMES);
    expect(sameColour(look.colour, wanted), `colour ${look.colour.join(',')} is not ${wanted.join(',')}`).toBe(true);
    expect(look.changed, 'part of the picture that moved').toBeGreaterThan(0.002);
  }).toPass({ timeout });
}

/** Waits until a tone of this frequency is heard in what the page plays. */
export async function expectTone(frame: Frame, hz: number, timeout = 15_000): Promise<void> {
  await expect
    .poll(
      async () =>
        (await frame.evaluate(() => window.palabreProbes.tones()))
          .filter((tone) => tone.level > -60)
          .map((tone) => Math.abs(tone.hz - hz) < 15),
      { timeout, message: `tone of ${hz} Hz` },
    )
    .toContain(true);
}

/** Waits until no tone of this frequency is heard any more. */
export async function expectNoTone(frame: Frame, hz: number, timeout = 5_000): Promise<void> {
  await expect
    .poll(
      async () =>
        (await frame.evaluate(() => window.palabreProbes.tones())).filter(
          (tone) => tone.level > -60 && Math.abs(tone.hz - hz) < 15,
        ),
      { timeout, message: `no tone of ${hz} Hz` },
    )
    .toEqual([]);
}

export function packetsOf(frame: Frame): Promise<PacketCounts> {
  return frame.evaluate(() => window.palabreProbes.packets());
}
