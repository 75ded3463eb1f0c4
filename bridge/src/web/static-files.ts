import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.wav': 'audio/wav',
  '.tflite': 'application/octet-stream',
};
const COMPRESSIBLE = new Set([
  '.html',
  '.js',
  '.mjs',
  '.css',
  '.json',
  '.webmanifest',
  '.map',
  '.svg',
  '.txt',
  '.wasm',
]);
/** Vite puts a hash of the content into these names. */
const HASHED = /^\/assets\/.+-[\w-]{8,}\.\w+$/;

type Encoding = 'br' | 'gzip' | 'identity';

interface Variant {
  readonly encoding: Encoding;
  readonly data: Promise<Buffer>;
}

interface File {
  readonly version: string;
  readonly type: string;
  readonly extension: string;
  readonly plain: Buffer;
  readonly variants: Map<Encoding, Variant>;
}

export interface StaticFiles {
  /** Serves one request; every path that is not a file answers 404, navigation gets the page. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface StaticFilesOptions {
  readonly dir: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Files that are not on disk: path -> JSON. */
  readonly documents?: Readonly<Record<string, unknown>>;
}

function isAbsent(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return error.code === 'ENOENT' || error.code === 'ENOTDIR';
}

function compress(encoding: Encoding, { plain }: File): Promise<Buffer> {
  switch (encoding) {
    case 'br':
      return promisify(brotliCompress)(plain, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
      });
    case 'gzip':
      return promisify(gzip)(plain, { level: 9 });
    case 'identity':
      return Promise.resolve(plain);
  }
}

function encodingFor(request: IncomingMessage, file: File): Encoding {
  if (!COMPRESSIBLE.has(file.extension) || file.plain.length < 1_024) return 'identity';
  const accepted = request.headers['accept-encoding'] ?? '';
  if (/\bbr\b/.test(accepted)) return 'br';
  return /\bgzip\b/.test(accepted) ? 'gzip' : 'identity';
}

/** Serves a built page: files in memory, each compressed once, hashed names for ever. */
export function createStaticFiles({ dir, headers, documents = {} }: StaticFilesOptions): StaticFiles {
  const files = new Map<string, File>();

  function document(value: unknown): File {
    const plain = Buffer.from(JSON.stringify(value));
    return {
      version: `"${createHash('sha256').update(plain).digest('base64url')}"`,
      type: TYPES['.json'] ?? '',
      extension: '.json',
      plain,
      variants: new Map(),
    };
  }

  async function load(path: string): Promise<File | undefined> {
    if (Object.hasOwn(documents, path)) return document(documents[path]);
    const full = join(dir, normalize(path));
    if (!full.startsWith(`${dir}${sep}`) || path.includes('\0')) return undefined;
    try {
      const info = await stat(full);
      if (!info.isFile()) return undefined;
      const version = `"${info.mtimeMs.toString(36)}-${info.size.toString(36)}"`;
      const known = files.get(path);
      if (known?.version === version) return known;
      const extension = extname(full).toLowerCase();
      const file: File = {
        version,
        type: TYPES[extension] ?? 'application/octet-stream',
        extension,
        plain: await readFile(full),
        variants: new Map(),
      };
      files.set(path, file);
      return file;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  function pathOf(request: IncomingMessage): string | undefined {
    try {
      const path = decodeURIComponent(new URL(request.url ?? '/', 'http://page').pathname);
      return path.endsWith('/') ? `${path}index.html` : path;
    } catch {
      return undefined;
    }
  }

  function plainAnswer(response: ServerResponse, status: number, text: string): void {
    response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(text);
  }

  return {
    async handle(request, response) {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        plainAnswer(response, 405, 'Only GET is served here');
        return;
      }
      const path = pathOf(request);
      const file = path === undefined ? undefined : await load(path);
      if (path === undefined || file === undefined) {
        const missing = path === '/index.html' ? 'This page has not been built yet: npm run build' : 'Not found';
        plainAnswer(response, path === '/index.html' ? 503 : 404, missing);
        return;
      }
      const encoding = encodingFor(request, file);
      const variant = file.variants.get(encoding) ?? { encoding, data: compress(encoding, file) };
      file.variants.set(encoding, variant);
      const etag = file.version.replace(/"$/, `-${encoding}"`);
      const common = {
        ...headers,
        ETag: etag,
        Vary: 'Accept-Encoding',
        'Cache-Control': HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      };
      if (request.headers['if-none-match'] === etag) {
        response.writeHead(304, common);
        response.end();
        return;
      }
      const data = await variant.data;
      response.writeHead(200, {
        ...common,
        'Content-Type': file.type,
        'Content-Length': data.length,
        ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
      });
      response.end(request.method === 'HEAD' ? undefined : data);
    },
  };
}
