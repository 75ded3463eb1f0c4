import { fork } from 'node:child_process';
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderPrefix } from '../recording/index.ts';
import type { ScribeChild, ScribeParent } from './contract.ts';
import { createPeer, type Methods } from './rpc.ts';

/** A running scribe process. */
export interface ChildHandle {
  readonly pid: number | undefined;
  readonly remote: ScribeChild;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<void>;
  kill(): void;
}

export type StartChild = (parent: Methods<ScribeParent>) => ChildHandle;

export interface ChildProcessOptions {
  /** Unprivileged account for when the bridge runs as root. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** PEM of the homeserver's certificate authority, where it is a private one. */
  readonly ca?: string | undefined;
}

/** @returns why children must not be started, as a sentence for the administrator */
export function refusalToStart(
  user: ChildProcessOptions['user'],
  ownUid: number | undefined = process.getuid?.(),
): string | undefined {
  if (ownUid !== 0 || (user !== undefined && user.uid !== 0)) return undefined;
  return 'The bridge runs as root: name an unprivileged account for the scribe (scribe.user in its configuration), or start the bridge as one';
}

const MAIN = fileURLToPath(new URL('child/main.ts', import.meta.url));
/** Heap of JavaScript; native memory comes on top and is bounded by the supervisor. */
const HEAP_MB = 512;

/** Starts child processes without the bridge's environment, unprivileged when the bridge is root. */
export function createChildStarter({ user, ca }: ChildProcessOptions): StartChild {
  const drop = process.getuid?.() === 0 && user !== undefined ? { uid: user.uid, gid: user.gid } : {};
  return (parent) => {
    const refusal = refusalToStart(user);
    if (refusal !== undefined) throw new Error(refusal);
    const home = mkdtempSync(join(tmpdir(), folderPrefix('scribe')));
    const caFile = join(home, 'homeserver-ca.pem');
    if (ca !== undefined) writeFileSync(caFile, ca, { mode: 0o644 });
    // Last: in a folder of theirs, root would follow a link that somebody else put there.
    if (drop.uid !== undefined) chownSync(home, drop.uid, drop.gid);
    const child = fork(MAIN, [], {
      ...drop,
      cwd: home,
      // Nothing else: the bridge's environment may hold secrets.
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOME: home,
        TMPDIR: home,
        LANG: 'C.UTF-8',
        ...(ca === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile }),
      },
      execArgv: [`--max-old-space-size=${HEAP_MB}`, '--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
      // rtc-node writes to stdout as it likes, so nothing is ever read from there.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const peer = createPeer<ScribeParent, ScribeChild>(
      {
        send: (message) => {
          if (child.connected) child.send(message as object, () => undefined);
        },
        onMessage: (handler) => void child.on('message', handler),
      },
      parent,
    );
    const exited = new Promise<void>((resolve) => {
      const end = (): void => {
        peer.close(new Error('the scribe process ended'));
        resolve();
        // A browser that outlives its scribe for a moment still writes there; what stays is swept at the next start.
        void rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 }).catch(() => undefined);
      };
      child.once('exit', end);
      child.once('error', end);
    });
    return { pid: child.pid, remote: peer.remote, exited, kill: () => void child.kill('SIGKILL') };
  };
}
