import * as z from 'zod/mini';
import { KEY_WANTED_FIELD } from '@palabre/protocol';
import type { ToDeviceMessage } from '../host/index.ts';
import type { Device } from './device-trust.ts';

export interface KeyRepairContext {
  /** Sends a key's content, Olm-encrypted. May fail: whoever needs it asks again. */
  readonly send: (devices: readonly Device[], content: object) => Promise<void>;
  /** Is this device in the call, and its user in the room, now? */
  readonly isMember: (device: Device) => boolean;
}

/**
 * Mends keys that were lost on their way: matrix-js-sdk takes a key for delivered whatever became of it and sends it to nobody
 * twice. Whose media stays dark is asked, by sending them our own key with {@link KEY_WANTED_FIELD}, which also mends a loss on
 * both sides; who is asked sends their newest key again. Both go to members of the call only. An answer asks for nothing, and
 * each device is answered at rare intervals, together with others: nobody can make us send without end.
 */
export interface KeyRepair {
  /** Our newest key, as the session sends it. */
  ownKey(content: object): void;
  /** A key that was found good. */
  received(message: ToDeviceMessage): void;
  /** Exactly these devices' media arrive and cannot be decrypted. */
  missing(devices: readonly Device[]): void;
  /** We are out of the call. */
  reset(): void;
}

/** Between two questions to the same device: it doubles. */
const ASK_MS = 5_000;
const ASK_LIMIT_MS = 60_000;
/** Who was asked this long ago is asked as if for the first time. */
const ASK_FORGET_MS = 120_000;
/** Between two answers to the same device; shorter than between two of its questions. */
const ANSWER_MS = 4_000;
/** Between two answers at all: whoever asks meanwhile is answered by one message. */
const TOGETHER_MS = 1_000;

const keySchema = z.object({
  member: z.object({ claimed_device_id: z.string() }),
  [KEY_WANTED_FIELD]: z.literal(true),
});

interface Question {
  readonly device: Device;
  /** The media is dark now. */
  open: boolean;
  times: number;
  askedMs: number;
}

const nameOf = ({ userId, deviceId }: Device): string => `${userId} ${deviceId}`;
const pauseOf = ({ times }: Question): number => (times === 0 ? 0 : Math.min(ASK_LIMIT_MS, ASK_MS * 2 ** (times - 1)));

export function createKeyRepair({ send, isMember }: KeyRepairContext, now: () => number = Date.now): KeyRepair {
  let own: object | undefined;
  const questions = new Map<string, Question>();
  let asking: ReturnType<typeof setTimeout> | undefined;
  const answeredMs = new Map<string, number>();
  const waiting = new Map<string, Device>();
  let answering: ReturnType<typeof setTimeout> | undefined;
  let lastAnswerMs = -Infinity;

  const pass = (devices: readonly Device[], more: object): void => {
    // Memberships may have changed since the question: who has left must not get the key that was made against them.
    const present = devices.filter(isMember);
    if (own === undefined || present.length === 0) return;
    send(present, { ...own, sent_ts: now(), ...more }).catch(() => undefined);
  };

  const ask = (): void => {
    clearTimeout(asking);
    asking = undefined;
    const open = [...questions.values()].filter((question) => question.open);
    const due = open.filter((question) => now() >= question.askedMs + pauseOf(question));
    for (const question of due) {
      question.times += 1;
      question.askedMs = now();
    }
    pass(
      due.map(({ device }) => device),
      { [KEY_WANTED_FIELD]: true },
    );
    if (open.length === 0) return;
    const nextMs = Math.min(...open.map((question) => question.askedMs + pauseOf(question)));
    asking = setTimeout(ask, Math.max(0, nextMs - now()));
  };

  const answer = (): void => {
    answering = undefined;
    lastAnswerMs = now();
    const devices = [...waiting.values()];
    waiting.clear();
    for (const device of devices) answeredMs.set(nameOf(device), lastAnswerMs);
    pass(devices, {});
  };

  return {
    ownKey(content) {
      own = content;
    },
    received({ sender, content }) {
      const key = keySchema.safeParse(content);
      if (!key.success) return;
      const device = { userId: sender, deviceId: key.data.member.claimed_device_id };
      for (const [name, atMs] of answeredMs) if (now() - atMs >= ANSWER_MS) answeredMs.delete(name);
      if (answeredMs.has(nameOf(device))) return;
      waiting.set(nameOf(device), device);
      answering ??= setTimeout(answer, Math.max(0, lastAnswerMs + TOGETHER_MS - now()));
    },
    missing(devices) {
      const dark = new Map(devices.map((device) => [nameOf(device), device]));
      let changed = false;
      for (const [name, question] of questions) {
        changed ||= question.open !== dark.has(name);
        question.open = dark.has(name);
        if (now() - question.askedMs >= ASK_FORGET_MS && !question.open) questions.delete(name);
      }
      for (const [name, { userId, deviceId }] of dark) {
        if (questions.has(name)) continue;
        questions.set(name, { device: { userId, deviceId }, open: true, times: 0, askedMs: -Infinity });
        changed = true;
      }
      if (changed) ask();
    },
    reset() {
      clearTimeout(asking);
      clearTimeout(answering);
      asking = answering = undefined;
      own = undefined;
      questions.clear();
      waiting.clear();
    },
  };
}
