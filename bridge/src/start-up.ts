import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './operations/index.ts';

const RETRY_MS = 250;
/** Every twentieth failure is written: a service that stays away is seen, one that starts a little later is not. */
const WRITE_EVERY = 20;

/** Tries until it works: at a start the homeserver or the SFU may come up after the bridge. */
export async function insist(what: () => Promise<void>, step: string, log: Log, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      await what();
      return;
    } catch (error) {
      if (attempt % WRITE_EVERY === 0) log.logger.warn({ err: error, step }, 'waiting before people can be let in');
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** A step of a start, and what to call it when it has to wait. */
export type Step = readonly [name: string, run: () => Promise<void>];

/** Takes steps one after the other, each until it works. */
export async function inOrder(steps: readonly Step[], log: Log, signal: AbortSignal): Promise<void> {
  for (const [name, run] of steps) await insist(run, name, log, signal);
}
