import type { Track } from 'livekit-client';

export interface HeardTrack {
  readonly identity: string;
  readonly userId: string;
  readonly track: Track;
}

export interface Sound {
  /** Makes exactly these tracks heard. */
  play(tracks: ReadonlyMap<string, HeardTrack>): void;
  close(): void;
}

/**
 * The sound of the others. It lives outside the component tree: nobody falls silent because a tile was drawn anew, and whoever
 * is no longer in the list is not heard a moment longer.
 */
export function createSound(container: HTMLElement): Sound {
  const playing = new Map<string, { readonly element: HTMLMediaElement; readonly track: Track }>();
  const stop = (key: string): void => {
    const entry = playing.get(key);
    if (entry === undefined) return;
    entry.track.detach(entry.element);
    entry.element.remove();
    playing.delete(key);
  };
  return {
    play(tracks) {
      for (const [key, entry] of playing) if (tracks.get(key)?.track !== entry.track) stop(key);
      for (const [key, { identity, userId, track }] of tracks) {
        if (playing.has(key)) continue;
        const element = document.createElement('audio');
        element.autoplay = true;
        element.dataset['identity'] = identity;
        element.dataset['userId'] = userId;
        container.append(element);
        track.attach(element);
        playing.set(key, { element, track });
      }
    },
    close() {
      for (const key of [...playing.keys()]) stop(key);
    },
  };
}
