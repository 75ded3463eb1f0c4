import { harmlessType } from '@palabre/transcript/documents';
import type { KeptSource } from '@palabre/transcript/documents';
import type { KeptRecordings } from '@palabre/transcript/documents';

/** Plays kept recordings while they come: a worker asks this page for the pieces that a player wants (worker/films-worker.ts). */
export interface Films {
  /** @returns an address for a player, or undefined where the browser has no such workers */
  open(source: KeptSource): Promise<{ readonly url: string; close(): void } | undefined>;
  close(): void;
}

const WORKER = '/films-worker.js';
const PATIENCE_MS = 5_000;
/** Small at first, so that it begins at once; a player asks for more by itself. */
const PIECE_BYTES = 1_048_576;

/** The worker serves this page. @returns false where that does not come about */
async function workerReady(container: ServiceWorkerContainer): Promise<boolean> {
  const taken = new Promise<void>((resolve) => {
    container.addEventListener('controllerchange', () => resolve(), { once: true });
  });
  await container.register(WORKER);
  if (container.controller !== null) return true;
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PATIENCE_MS));
  return Promise.race([taken.then(() => true), late]);
}

export function createFilms(recordings: KeptRecordings): Films {
  const container = 'serviceWorker' in navigator ? navigator.serviceWorker : undefined;
  const open = new Map<string, { readonly source: KeptSource; readonly closing: AbortController }>();
  let ready: Promise<boolean> | undefined;

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
  container?.addEventListener('message', answer);

  return {
    open: async (source) => {
      if (container === undefined) return undefined;
      ready ??= workerReady(container).catch((error: unknown) => {
        console.error(error);
        return false;
      });
      if (!(await ready)) return undefined;
      container.startMessages();
      const film = crypto.randomUUID();
      const closing = new AbortController();
      open.set(film, { source, closing });
      return {
        url: `/films/${film}`,
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
    },
  };
}
