/** @jest-environment jsdom */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { act, cleanup, fireEvent, render, waitFor } from '@testing-library/react';
import { AccountContext } from '../../app/context.ts';
import { startWords } from '../../i18n/index.ts';
import type { Attachment } from '../../matrix/attachment.ts';
import type { Account } from '../../matrix/messenger.ts';
import { Player } from './Player.tsx';

beforeEach(async () => {
  await startWords('en');
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
      <AccountContext value={{ media: { play } } as unknown as Account}>
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
      </AccountContext>,
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
