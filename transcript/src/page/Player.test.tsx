/** @jest-environment jsdom */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { act, cleanup, fireEvent, render, waitFor } from '@testing-library/react';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Attachment } from '../documents/index.ts';
import { en } from '../words/index.ts';
import { Player } from './Player.tsx';
import { SurroundingsContext } from './surroundings.ts';

const Nothing = () => null;
const parts = { Button: Nothing, IconButton: Nothing, Dialog: Nothing, Warning: Nothing, Check: Nothing };

beforeEach(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: en } } });
  // What jsdom does not have.
  Element.prototype.scrollIntoView = (): void => undefined;
  jest.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue();
  Object.defineProperty(HTMLMediaElement.prototype, 'currentTime', { value: 0, writable: true, configurable: true });
});
afterEach(() => {
  cleanup();
  jest.restoreAllMocks();
});

const attachmentOf = (type: Attachment['type']): Attachment => ({
  type,
  name: 'recording',
  caption: undefined,
  mimeType: `${type}/mp4`,
  sizeBytes: 1,
  width: undefined,
  height: undefined,
  durationMs: 60_000,
  source: { kind: 'plain', mxc: 'mxc://x/recording' },
  thumbnail: undefined,
});

test.each(['audio', 'video'] as const)(
  '%s shows moments that somebody wants, loaded once, and tells its own',
  async (type) => {
    const play = jest.fn(() => Promise.resolve({ url: 'blob:x', close: () => undefined }));
    let show: (atMs: number) => void = () => undefined;
    const told: number[] = [];
    const { container } = render(
      <SurroundingsContext value={{ media: { play, load: () => Promise.reject(new Error('nothing')) }, parts }}>
        <Player
          attachment={attachmentOf(type)}
          loadCaptions={undefined}
          playLabel="Play"
          icon={null}
          duration={undefined}
          subscribeMoments={(listener) => {
            show = listener;
            return () => undefined;
          }}
          onMoment={(atMs) => told.push(atMs)}
        />
      </SurroundingsContext>,
    );
    act(() => show(2_500));
    const element = await waitFor(() => {
      const found = container.querySelector<HTMLMediaElement>(type);
      if (found === null) throw new Error('not there yet');
      return found;
    });
    fireEvent.loadedMetadata(element);
    expect(element.currentTime).toBe(2.5);
    act(() => show(4_500));
    expect(element.currentTime).toBe(4.5);
    expect(play).toHaveBeenCalledTimes(1);
    fireEvent.timeUpdate(element);
    expect(told).toEqual([4_500]);
  },
);

test('captions change while the film plays, when somebody corrects them', async () => {
  const texts = new Map<string, string>();
  const made: Promise<void>[] = [];
  Object.assign(URL, {
    createObjectURL: (blob: Blob) => {
      const url = `blob:${made.length}`;
      const reader = new FileReader();
      made.push(
        new Promise((resolve) => {
          reader.onload = () => {
            if (typeof reader.result === 'string') texts.set(url, reader.result);
            resolve();
          };
        }),
      );
      reader.readAsText(blob);
      return url;
    },
    revokeObjectURL: () => undefined,
  });
  let show: (atMs: number) => void = () => undefined;
  const media = {
    play: () => Promise.resolve({ url: 'blob:film', close: () => undefined }),
    load: () => Promise.reject(new Error('nothing')),
  };
  const player = (correctCaptions?: (vtt: string) => string) => (
    <SurroundingsContext value={{ media, parts }}>
      <Player
        attachment={attachmentOf('video')}
        loadCaptions={() => Promise.resolve('Colt')}
        correctCaptions={correctCaptions}
        playLabel="Play"
        icon={null}
        duration={undefined}
        subscribeMoments={(listener) => {
          show = listener;
          return () => undefined;
        }}
      />
    </SurroundingsContext>
  );
  const { container, rerender } = render(player());
  const shown = async (): Promise<string | undefined> => {
    await Promise.all(made);
    return texts.get(container.querySelector('track')?.getAttribute('src') ?? '');
  };
  const track = { mode: 'showing' };
  Object.defineProperty(HTMLTrackElement.prototype, 'track', { value: track, configurable: true });
  act(() => show(0));
  await waitFor(async () => expect(await shown()).toBe('Colt'));
  const film = container.querySelector('video');
  rerender(player((vtt) => vtt.replace('C', 'K')));
  await waitFor(async () => expect(await shown()).toBe('Kolt'));
  expect(container.querySelector('video')).toBe(film);
  expect(container.querySelector('track')?.default).toBe(true);
  // Whoever switched them off does not get them back by a correction.
  track.mode = 'disabled';
  rerender(player((vtt) => vtt.replace('C', 'B')));
  await waitFor(async () => expect(await shown()).toBe('Bolt'));
  expect(container.querySelector('track')?.default).toBe(false);
});
