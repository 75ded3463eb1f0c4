import type { ChildHandle, StartChild } from './child-process.ts';
import type { RecorderPlace, ScribeParent } from './contract.ts';
import type { Methods } from './rpc.ts';

/**
 * At most one scribe process, with its browser, that is up before anybody asks for it: to load both takes longer than all the rest of
 * a start. It holds nothing, no device and no room, and asks in vain for anything; whoever takes it makes it theirs, and it never
 * comes back.
 */
export interface SpareChild {
  /** Takes the one that is up, or starts one. */
  readonly start: StartChild;
  /**
   * Somebody may want one. To be said again for as long as that is so.
   * @param presentMs for how long there has been somebody who may
   */
  expect(presentMs: number): void;
  close(): void;
}

/** In the first seconds of a call, browsers and SFU want the machine. */
const SETTLED_MS = 5_000;
/** Unless it is expected again, it ends after this time. A round of the patrol, which looks for calls, lasts longer the more people it asks about. */
const EXPECTED_FOR_MS = 30_000;
/** Closing a browser takes less. */
const CLOSE_TIMEOUT_MS = 3_000;
/** One that cannot be started, or ends by itself, is not tried more often than this. */
const RETRY_MS = 60_000;
/** It takes 400 MB (measured). With less than this, the machine has better uses for them. */
const LEAST_FREE_BYTES = 1_500_000_000;
/** Below this it gives its own back: recordings are refused at half a gigabyte (recording/admission.ts). */
const GIVEN_BACK_BELOW_BYTES = 700_000_000;

export interface SpareChildDeps {
  readonly startChild: StartChild;
  /** For a browser that waits with it; undefined: nothing can be drawn here. */
  readonly recorder: RecorderPlace | undefined;
  readonly now: () => number;
  readonly freeMemoryBytes?: () => number;
}

export function createSpareChild({
  startChild,
  recorder,
  now,
  freeMemoryBytes = () => process.availableMemory(),
}: SpareChildDeps): SpareChild {
  let spare: { readonly child: ChildHandle; readonly parent: Partial<Methods<ScribeParent>> } | undefined;
  let ending: NodeJS.Timeout | undefined;
  let retryAtMs = 0;

  const remove = (): typeof spare => {
    clearTimeout(ending);
    const removed = spare;
    spare = undefined;
    return removed;
  };
  /** Asked first, so that its browser ends with it. */
  const end = (): void => {
    const child = remove()?.child;
    if (child === undefined) return;
    const kill = (): void => child.kill();
    const impatience = setTimeout(kill, CLOSE_TIMEOUT_MS);
    void child.exited.then(() => clearTimeout(impatience));
    child.remote.close().then(kill, kill);
  };

  const prepare = (): void => {
    // Filled when it is taken; what is not there is refused (rpc.ts).
    const parent: Partial<Methods<ScribeParent>> = {};
    // Also if it cannot be started at all.
    retryAtMs = now() + RETRY_MS;
    const child = startChild(parent as Methods<ScribeParent>);
    spare = { child, parent };
    // Whether it works shows when it is wanted.
    if (recorder !== undefined) child.remote.prepareRecorder(recorder).catch(() => undefined);
    void child.exited.then(() => {
      if (spare?.child === child) remove();
    });
  };

  return {
    start: (parent) => {
      const taken = remove();
      if (taken === undefined) return startChild(parent);
      retryAtMs = 0;
      Object.assign(taken.parent, parent);
      return taken.child;
    },
    expect: (presentMs) => {
      const free = freeMemoryBytes();
      if (free < GIVEN_BACK_BELOW_BYTES) {
        end();
        return;
      }
      if (spare === undefined) {
        if (presentMs < SETTLED_MS || now() < retryAtMs || free < LEAST_FREE_BYTES) return;
        prepare();
      }
      clearTimeout(ending);
      ending = setTimeout(end, EXPECTED_FOR_MS);
      ending.unref();
    },
    close: end,
  };
}
