/**
 * Lets a player seek in a film that the page has to decrypt: addresses below `films/`, beside this file, are answered by the page that asks for them,
 * piece by piece. This worker holds no key, no token and no state; every other request passes it by.
 */

// A module, so that its global scope can be named.
export {};
declare const self: ServiceWorkerGlobalScope;

/** What the page answers (src/documents/films.ts). */
interface Piece {
  readonly bytes: ArrayBuffer;
  readonly start: number;
  readonly total: number;
  readonly mimeType: string;
}

const PREFIX = new URL('films/', self.location.href).pathname;
const PATIENCE_MS = 60_000;

function isPiece(value: unknown): value is Piece {
  return typeof value === 'object' && value !== null && 'bytes' in value && value.bytes instanceof ArrayBuffer;
}

async function answer(clientId: string, path: string, start: number): Promise<Response> {
  const page = await self.clients.get(clientId);
  if (page === undefined) return new Response(null, { status: 404 });
  const { port1, port2 } = new MessageChannel();
  const piece = await new Promise<unknown>((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    port1.onmessage = ({ data }) => {
      clearTimeout(timer);
      resolve(data);
    };
    page.postMessage({ film: path.slice(PREFIX.length), start }, [port2]);
  });
  port1.close();
  if (!isPiece(piece)) return new Response(null, { status: 502 });
  const { bytes, total, mimeType } = piece;
  return new Response(bytes, {
    status: 206,
    headers: {
      'Content-Type': mimeType,
      'Content-Length': String(bytes.byteLength),
      'Content-Range': `bytes ${piece.start}-${piece.start + bytes.byteLength - 1}/${total}`,
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'no-store',
    },
  });
}

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== self.location.origin || !pathname.startsWith(PREFIX)) return;
  // Players ask for everything from a place on; they are given a piece and come again.
  const start = /^bytes=(\d+)-/.exec(event.request.headers.get('range') ?? '')?.[1] ?? '0';
  event.respondWith(answer(event.clientId, pathname, Number(start)));
});
