import { harmlessType, type KeptSource } from './attachment.ts';
import type { KeptRecordings } from './kept-recordings.ts';

/**
 * Plays kept recordings while they come: a service worker asks this page for the pieces that a player wants
 * (transcript/worker/films-worker.ts, which each product builds to stand beside its page).
 */
export interface Films {
  /** @returns an address for a player, or undefined where the browser has no such workers */
  open(source: KeptSource): Promise<{ readonly url: string; close(): void } | undefined>;
  /** Ends what is open. */
  close(): void;
}

const WORKER = 'films-worker.js';
const PATIENCE_MS = 5_000;
/** Small at first, so that it begins at once; a player asks for more by itself. */
const PIECE_BYTES = 1_048_576;

/** The worker serves this page. @throws when it cannot be had @returns undefined where that does not come about in time */
async function workerReady(
  container: ServiceWorkerContainer,
  base: URL,
): Promise<ServiceWorkerRegistration | undefined> {
  const taken = new Promise<void>((resolve) => {
    container.addEventListener('controllerchange', () => resolve(), { once: true });
  });
  const registration = await container.register(new URL(WORKER, base));
  if (container.controller !== null) return registration;
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE_MS));
  return Promise.race([taken.then(() => registration), late]);
}

function workersHere(): ServiceWorkerContainer | undefined {
  try {
    return 'serviceWorker' in navigator ? navigator.serviceWorker : undefined;
  } catch {
    // In a frame that is refused an origin of its own, to name them is an error.
    return undefined;
  }
}

/** @param base folder of the page, where the worker lies */
export function createFilms(recordings: KeptRecordings, base: URL): Films {
  const container = workersHere();
  const open = new Map<string, { readonly source: KeptSource; readonly closing: AbortController }>();
  let ready: Promise<ServiceWorkerRegistration | undefined> | undefined;

  const answer = ({ data, ports }: MessageEvent<unknown>): void => {
    const [port] = ports;
    if (port === undefined || typeof data !== 'object' || data === null) return;
    const { film, start } = data as { readonly film?: unknown; readonly start?: unknown };
    const found = typeof film === 'string' ? open.get(film) : undefined;
    if (found === undefined || typeof start !== 'number' || start >= found.source.kept.bytes) {
      port.postMessage(undefined);
      return;
    }
    const { source, closing } = found;
    const { bytes: total, mimetype } = source.kept;
    recordings.read(source, start, Math.min(total, start + PIECE_BYTES), closing.signal).then(
      ({ buffer }) => port.postMessage({ bytes: buffer, start, total, mimeType: harmlessType(mimetype) }, [buffer]),
      (error: unknown) => {
        if (!closing.signal.aborted) console.error(error);
        port.postMessage(undefined);
      },
    );
  };

  return {
    open: async (source) => {
      if (container === undefined) return undefined;
      ready ??= workerReady(container, base).catch((error: unknown) => {
        console.error(error);
        return undefined;
      });
      const registration = await ready;
      if (registration === undefined) return undefined;
      container.addEventListener('message', answer);
      container.startMessages();
      const film = crypto.randomUUID();
      const closing = new AbortController();
      open.set(film, { source, closing });
      return {
        url: new URL(`films/${film}`, base).href,
        close: () => {
          open.delete(film);
          closing.abort();
        },
      };
    },
    close: () => {
      container?.removeEventListener('message', answer);
      for (const { closing } of open.values()) closing.abort();
      open.clear();
      // The next page would have to wait for it, and only few play a film.
      void ready?.then((registration) => registration?.unregister());
      ready = undefined;
    },
  };
}
