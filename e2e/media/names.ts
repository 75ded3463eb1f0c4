import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';

const run = promisify(execFile);

/** Part of a picture, in shares of its width and height. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** One full-size frame of a film as a PNG. */
export async function frameAt(path: string, timeMs: number): Promise<Buffer> {
  const { stdout } = await run(
    'ffmpeg',
    ['-v', 'error', '-ss', String(timeMs / 1000), '-i', path, '-frames:v', '1', '-f', 'image2pipe', '-c:v', 'png', '-'],
    { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout;
}

/**
 * Looks for a written word: draws it with the browser's own fonts in several sizes and slides it over the lower part of the
 * given part of the picture.
 * @returns for each word the best normalised cross-correlation found (1 = exactly this picture, around 0.3 = other text)
 */
export async function writtenWords(
  page: Page,
  png: Buffer,
  part: Part,
  words: readonly string[],
): Promise<readonly number[]> {
  return page.evaluate(
    async ({ image, area, texts }) => {
      const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${image}`)).blob());
      const x = Math.round(area.left * bitmap.width);
      const width = Math.min(Math.round((area.right - area.left) * bitmap.width * 0.6), bitmap.width - x);
      const bottom = Math.round(area.bottom * bitmap.height);
      const height = Math.round((area.bottom - area.top) * bitmap.height * 0.3);
      const greyOf = (draw: (pen: OffscreenCanvasRenderingContext2D) => void, w: number, h: number) => {
        const pen = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true });
        if (pen === null) throw new Error('no 2d canvas');
        draw(pen);
        const { data } = pen.getImageData(0, 0, w, h);
        return Float32Array.from(
          { length: w * h },
          (_, at) => (data[at * 4] ?? 0) + (data[at * 4 + 1] ?? 0) + (data[at * 4 + 2] ?? 0),
        );
      };
      const picture = greyOf(
        (pen) => {
          pen.drawImage(bitmap, x, bottom - height, width, height, 0, 0, width, height);
        },
        width,
        height,
      );

      const bestFor = (text: string): number => {
        let best = 0;
        for (let size = 12; size <= 26; size += 1) {
          const font = `500 ${String(size)}px "Inter", "Noto Sans", system-ui, sans-serif`;
          const measure = new OffscreenCanvas(1, 1).getContext('2d');
          if (measure === null) throw new Error('no 2d canvas');
          measure.font = font;
          const w = Math.ceil(measure.measureText(text).width);
          const h = Math.ceil(size * 1.2);
          if (w >= width || h >= height) continue;
          const template = greyOf(
            (pen) => {
              pen.font = font;
              pen.fillStyle = '#000';
              pen.fillRect(0, 0, w, h);
              pen.fillStyle = '#fff';
              pen.textBaseline = 'middle';
              pen.fillText(text, 0, h / 2 + 1);
            },
            w,
            h,
          );
          const mean = template.reduce((sum, value) => sum + value, 0) / template.length;
          const zeroed = template.map((value) => value - mean);
          const norm = Math.sqrt(zeroed.reduce((sum, value) => sum + value * value, 0));
          for (let top = 0; top + h <= height; top += 1) {
            for (let left = 0; left + w <= width; left += 1) {
              let dot = 0;
              let sum = 0;
              let squares = 0;
              for (let row = 0; row < h; row += 1) {
                const from = (top + row) * width + left;
                for (let column = 0; column < w; column += 1) {
                  const value = picture[from + column] ?? 0;
                  dot += value * (zeroed[row * w + column] ?? 0);
                  sum += value;
                  squares += value * value;
                }
              }
              const spread = Math.sqrt(Math.max(1, squares - (sum * sum) / (w * h)));
              best = Math.max(best, dot / (spread * norm));
            }
          }
        }
        return best;
      };
      return texts.map(bestFor);
    },
    { image: png.toString('base64'), area: part, texts: [...words] },
  );
}
