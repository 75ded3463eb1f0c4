import { createHmac, hkdfSync } from 'node:crypto';
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

/** Writes a value that names a person or a room as a short keyed hash. */
export type HashForLog = (value: string) => string;

/** Every capability logs through this: static messages, personal values only through `hash`. */
export interface Log {
  readonly logger: Logger;
  readonly hash: HashForLog;
}

/**
 * Keyed, so that nobody who only has the logs can try out user ids; stable over restarts, so that an administrator who
 * has the secret can follow one case through them.
 */
export function createHashForLog(secret: string): HashForLog {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'palabre log hash', 32));
  return (value) => createHmac('sha256', key).update(value).digest('base64url').slice(0, 12);
}

/** Keeps of an error what helps and holds no address, token or text of others: names, codes, stack frames. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
    at: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 8)
      .map((line) => line.trim()),
    cause: error.cause === undefined ? undefined : describeError(error.cause),
  };
}

/**
 * @param secret keys the hash of personal values
 * @param destination where lines go; stdout unless a test listens
 */
export function createLog(level: string, secret: string, destination?: DestinationStream): Log {
  const options = { level, base: null, serializers: { err: describeError }, timestamp: pino.stdTimeFunctions.isoTime };
  return {
    logger: destination === undefined ? pino(options) : pino(options, destination),
    hash: createHashForLog(secret),
  };
}
