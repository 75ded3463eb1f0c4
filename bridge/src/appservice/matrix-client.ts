import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { z } from 'zod';

/** The homeserver answered with an error. */
export class MatrixError extends Error {
  override readonly name = 'MatrixError';
  readonly status: number;
  readonly errcode: string;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, errcode: string, retryAfterMs?: number) {
    // The homeserver's own sentence may quote ids: it is not kept.
    super(`the homeserver answered ${status} ${errcode}`);
    this.status = status;
    this.errcode = errcode;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The homeserver could not be reached, or did not answer in time. */
export class MatrixUnreachable extends Error {
  override readonly name = 'MatrixUnreachable';
}

export interface MatrixRequest {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON; bytes are sent as they are with `contentType`. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** Acts as this user of the namespace; without it as the application service's sender (the watcher). */
  readonly asUser?: string;
  /** Acts with this device of `asUser` (MSC3202 masquerading; must exist). */
  readonly asDevice?: string;
  /** Another token than the application service's, for example one of a logged-in device. */
  readonly accessToken?: string;
  /** For one attempt. Default 10 s. */
  readonly timeoutMs?: number;
  /** How often to try again after a network error, 5xx or 429. Default 3 for GET, PUT and DELETE, 0 for POST (429: always 3). */
  readonly retries?: number;
  readonly signal?: AbortSignal;
}

/** A small client for the homeserver's APIs; parse what it gives with a schema. */
export interface MatrixClient {
  /** @throws {MatrixError} the homeserver refused @throws {MatrixUnreachable} no answer */
  request(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, options?: MatrixRequest): Promise<unknown>;
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_RETRIES = 3;
const FIRST_PAUSE_MS = 100;
/** A pause asked for by the homeserver that is longer than this is passed on to the caller instead. */
const LONGEST_PAUSE_MS = 10_000;

const errorSchema = z.object({ errcode: z.string(), retry_after_ms: z.number().optional() });

function errorOf(status: number, body: unknown, retryAfter: string | undefined): MatrixError {
  const parsed = errorSchema.safeParse(body);
  const seconds = Number(retryAfter);
  return new MatrixError(
    status,
    parsed.success ? parsed.data.errcode : 'M_UNKNOWN',
    (parsed.success ? parsed.data.retry_after_ms : undefined) ??
      (retryAfter !== undefined && Number.isFinite(seconds) ? seconds * 1000 : undefined),
  );
}

function mayRetry(error: unknown): boolean {
  if (error instanceof MatrixUnreachable) return true;
  return error instanceof MatrixError && (error.status === 429 || error.status >= 500);
}

/** Percent-encodes the parts of a path: `path`/_matrix/client/v3/rooms/${roomId}/leave``. */
export function matrixPath(parts: TemplateStringsArray, ...values: string[]): string {
  return String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
}

/** Where a state event of a room is. */
export function statePath(roomId: string, type: string, stateKey = ''): string {
  return matrixPath`/_matrix/client/v3/rooms/${roomId}/state/${type}/${stateKey}`;
}

/** Our token is not known (yet), it took too long, there was too much. */
const PASSING = new Set([401, 408, 429]);

/** The homeserver has decided: asking again changes nothing. @param status of its answer */
export function isRefusalStatus(status: number): boolean {
  return status >= 400 && status < 500 && !PASSING.has(status);
}

/** {@link isRefusalStatus} */
export function isRefusal(error: unknown): error is MatrixError {
  return error instanceof MatrixError && isRefusalStatus(error.status);
}

/** There is no such thing, or whoever asked may not see it. */
export function isOutOfSight(error: unknown): boolean {
  return error instanceof MatrixError && (error.status === 403 || error.status === 404);
}

/** A PEM text, or the path of a PEM file. */
export function readCa(ca: string | undefined): string | undefined {
  return ca === undefined || ca.startsWith('-----BEGIN') ? ca : readFileSync(ca, 'utf8');
}

export interface MatrixClientOptions {
  readonly baseUrl: string;
  readonly asToken: string;
  readonly ca?: string | undefined;
}

/** Creates the client; connections are kept open and shared. */
export function createMatrixClient({ baseUrl, asToken, ca }: MatrixClientOptions): MatrixClient {
  const pem = readCa(ca);
  const { origin, pathname } = new URL(baseUrl);
  const prefix = pathname.replace(/\/+$/, '');
  const pool = new Pool(origin, {
    connections: 64,
    // Shorter than Synapse's idle timeout, so that no request meets a connection that is being closed.
    keepAliveTimeout: 20_000,
    keepAliveMaxTimeout: 50_000,
    ...(pem === undefined ? {} : { connect: { ca: pem } }),
  });

  async function once(method: Dispatcher.HttpMethod, path: string, options: MatrixRequest): Promise<unknown> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    if (options.asUser !== undefined) query.set('user_id', options.asUser);
    if (options.asDevice !== undefined) query.set('device_id', options.asDevice);
    const search = query.toString();
    const raw = options.body instanceof Uint8Array;
    const body =
      options.body === undefined
        ? undefined
        : options.body instanceof Uint8Array
          ? options.body
          : JSON.stringify(options.body);
    const timeout = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
    let response: Dispatcher.ResponseData;
    let text: string;
    try {
      response = await pool.request({
        method,
        path: `${prefix}${path}${search === '' ? '' : `?${search}`}`,
        headers: {
          authorization: `Bearer ${options.accessToken ?? asToken}`,
          ...(body === undefined
            ? {}
            : { 'content-type': options.contentType ?? (raw ? 'application/octet-stream' : 'application/json') }),
        },
        ...(body === undefined ? {} : { body }),
        signal,
      });
      text = await response.body.text();
    } catch (cause) {
      options.signal?.throwIfAborted();
      throw new MatrixUnreachable('the homeserver did not answer', { cause });
    }
    let json: unknown;
    try {
      json = text === '' ? {} : JSON.parse(text);
    } catch {
      json = undefined; // A proxy's error page; its status says enough.
    }
    if (response.statusCode >= 200 && response.statusCode < 300 && json !== undefined) return json;
    const retryAfter = response.headers['retry-after'];
    throw errorOf(response.statusCode, json, typeof retryAfter === 'string' ? retryAfter : undefined);
  }

  return {
    async request(method, path, options = {}) {
      const retries = options.retries ?? (method === 'POST' ? 0 : DEFAULT_RETRIES);
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await once(method, path, options);
        } catch (error) {
          const limited = error instanceof MatrixError && error.status === 429;
          const allowed = limited && options.retries === undefined ? DEFAULT_RETRIES : retries;
          if (attempt >= allowed || !mayRetry(error)) throw error;
          const asked = error instanceof MatrixError ? error.retryAfterMs : undefined;
          if (asked !== undefined && asked > LONGEST_PAUSE_MS) throw error;
          const pause = asked ?? FIRST_PAUSE_MS * 2 ** attempt;
          await sleep(pause + Math.random() * FIRST_PAUSE_MS, undefined, { signal: options.signal });
        }
      }
    },
    close: () => pool.destroy(),
  };
}
