/** Calls between supervisor and child over Node's IPC channel; binary values travel as they are ("advanced" serialization). */

/** What both `process` (in the child) and `ChildProcess` (in the supervisor) offer. */
export interface Channel {
  send(message: unknown): void;
  onMessage(handler: (message: unknown) => void): void;
}

// Methods may have any parameters; the typed proxy below gives each its own signature back.
type Method = (...args: never[]) => Promise<unknown>;
export type Methods<T> = { [K in keyof T]: T[K] extends Method ? T[K] : never };

interface CallMessage {
  readonly type: 'call';
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
interface ReplyMessage {
  readonly type: 'reply';
  readonly id: number;
  readonly ok: boolean;
  readonly value: unknown;
}

function isMessage(message: unknown): message is CallMessage | ReplyMessage {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  return message.type === 'call' || message.type === 'reply';
}

export interface Peer<Remote> {
  readonly remote: Remote;
  /** Fails every call that still waits, and every later one. */
  close(reason: Error): void;
}

/**
 * Joins one end of a channel: serves `local` and offers the other end's methods as `remote`.
 * Calls have no timeout of their own: a dead child ends them through `close`.
 */
export function createPeer<Local extends object, Remote extends object>(
  channel: Channel,
  local: Methods<Local>,
): Peer<Remote> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let nextId = 1;
  let closed: Error | undefined;

  const serve = async (call: CallMessage): Promise<void> => {
    let reply: ReplyMessage;
    try {
      const method: unknown = Object.hasOwn(local, call.method) ? local[call.method as keyof Local] : undefined;
      if (typeof method !== 'function') throw new Error(`unknown method ${call.method}`);
      const value: unknown = await (method as (...args: readonly unknown[]) => Promise<unknown>)(...call.args);
      reply = { type: 'reply', id: call.id, ok: true, value };
    } catch (error) {
      reply = { type: 'reply', id: call.id, ok: false, value: error instanceof Error ? error.message : String(error) };
    }
    if (closed === undefined) channel.send(reply);
  };

  channel.onMessage((message) => {
    if (!isMessage(message)) return;
    if (message.type === 'call') {
      void serve(message);
      return;
    }
    const entry = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.ok) entry?.resolve(message.value);
    else entry?.reject(new Error(String(message.value)));
  });

  const remote = new Proxy({} as Remote, {
    get: (_target, name) => {
      if (typeof name !== 'string' || name === 'then') return undefined;
      return (...args: readonly unknown[]) =>
        new Promise((resolve, reject) => {
          if (closed !== undefined) {
            reject(closed);
            return;
          }
          const id = nextId++;
          waiting.set(id, { resolve, reject });
          channel.send({ type: 'call', id, method: name, args } satisfies CallMessage);
        });
    },
  });

  return {
    remote,
    close: (reason) => {
      closed = reason;
      for (const entry of waiting.values()) entry.reject(reason);
      waiting.clear();
    },
  };
}
