import { decode, encode } from '@msgpack/msgpack';
import { WebSocket } from 'undici';
import * as z from 'zod';
import { SpeechUnavailable } from './engine.ts';
import type { RawWord } from './plausible.ts';

/**
 * One stream to a server in the shape of Kyutai's moshi-server: `/api/asr-streaming`, MessagePack both ways. We send `Audio` (24 kHz,
 * mono) and `Marker`; it sends `Word`, `EndWord`, `Step` for each frame it has worked on, and `Marker` once everything before ours is
 * worked on, for which it needs silence as long as its delay. Servers that work in batches say `Ready` first, or `Error` when
 * they are full.
 */
export interface KyutaiConnection {
  send(samples: Float32Array): void;
  /** What was heard so far, in seconds from the first sample. */
  words(): readonly RawWord[];
  /** Resolves when everything sent has been worked on, as far as the server tells, or after `atMostMs`. */
  caughtUp(atMostMs: number): Promise<void>;
  /** Ends the stream; resolves when everything has been worked on. */
  finish(): Promise<void>;
  isOpen(): boolean;
  close(): void;
}

export const KYUTAI_SAMPLE_RATE = 24_000;
export const KYUTAI_FRAME_SAMPLES = 1_920;
/** The larger models are at 2.5 s. */
const LONGEST_DELAY_S = 5;
/** A last word ends with a pause. */
const PAUSE_S = 1;
const MARKER = 1;
/** Of a word of which the end has not come. */
const SHORT_WORD_S = 0.3;
const LARGEST_MESSAGE_BYTES = 64_000;

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Word'), text: z.string(), start_time: z.number() }),
  z.object({ type: z.literal('EndWord'), stop_time: z.number() }),
  z.object({ type: z.literal('Step') }),
  z.object({ type: z.literal('Marker'), id: z.number() }),
  z.object({ type: z.literal('Error') }),
  z.object({ type: z.literal('Ready') }),
]);

/** @param signal ends the connection, whatever it is at. @throws SpeechUnavailable when it does not come about */
export async function openKyutaiConnection(
  url: string,
  apiKey: string,
  signal: AbortSignal,
): Promise<KyutaiConnection> {
  const socket = new WebSocket(url, { headers: apiKey === '' ? {} : { 'kyutai-api-key': apiKey } });
  socket.binaryType = 'arraybuffer';
  const heard: { word: string; start: number; end: number | undefined }[] = [];
  const opened = Promise.withResolvers<undefined>();
  const marked = Promise.withResolvers<undefined>();
  // Nobody may be waiting for it when the connection breaks.
  marked.promise.catch(() => undefined);
  let waiting: (() => void)[] = [];
  let frames = 0;
  let sent = 0;
  let open = true;

  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const one of woken) one();
  };
  const close = (): void => {
    open = false;
    socket.close();
    wake();
  };
  const fail = (why: string): void => {
    const error = new SpeechUnavailable(why);
    opened.reject(error);
    marked.reject(error);
    close();
  };
  const take = (bytes: Uint8Array): void => {
    const { data: message } = messageSchema.safeParse(decode(bytes));
    if (message?.type === 'Word') heard.push({ word: message.text, start: message.start_time, end: undefined });
    const last = heard.at(-1);
    if (message?.type === 'EndWord' && last !== undefined) last.end = message.stop_time;
    if (message?.type === 'Step') frames += 1;
    if (message?.type === 'Marker' && message.id === MARKER) marked.resolve(undefined);
    if (message?.type === 'Error') fail('the streaming engine refuses');
    wake();
  };

  socket.addEventListener('open', () => opened.resolve(undefined));
  socket.addEventListener('error', () => fail('the streaming engine cannot be reached'));
  socket.addEventListener('close', () => fail('the streaming engine went away'));
  socket.addEventListener('message', ({ data }) => {
    if (!(data instanceof ArrayBuffer) || data.byteLength > LARGEST_MESSAGE_BYTES) return;
    try {
      take(new Uint8Array(data));
    } catch {
      fail('the streaming engine speaks another language');
    }
  });
  const expire = (): void => fail('the streaming engine is too slow');
  if (signal.aborted) expire();
  signal.addEventListener('abort', expire, { once: true });
  void marked.promise.then(
    () => signal.removeEventListener('abort', expire),
    () => signal.removeEventListener('abort', expire),
  );
  await opened.promise;

  const send = (samples: Float32Array): void => {
    for (let at = 0; at < samples.length; at += KYUTAI_FRAME_SAMPLES) {
      const pcm = Array.from(samples.subarray(at, at + KYUTAI_FRAME_SAMPLES));
      socket.send(encode({ type: 'Audio', pcm }, { forceFloat32: true, forceIntegerToFloat: true }));
    }
    sent += samples.length;
  };
  const isCaughtUp = (): boolean => !open || (frames + 1) * KYUTAI_FRAME_SAMPLES > sent;

  return {
    send,
    words: () =>
      heard.map(({ word, start, end }, index) => ({
        word,
        start,
        end: Math.max(start, end ?? Math.min(start + SHORT_WORD_S, heard[index + 1]?.start ?? Infinity)),
      })),
    caughtUp: async (atMostMs) => {
      const untilMs = Date.now() + atMostMs;
      while (!isCaughtUp() && Date.now() < untilMs) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, untilMs - Date.now());
          waiting.push(() => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
    },
    finish: async () => {
      send(new Float32Array(PAUSE_S * KYUTAI_SAMPLE_RATE));
      socket.send(encode({ type: 'Marker', id: MARKER }));
      send(new Float32Array(LONGEST_DELAY_S * KYUTAI_SAMPLE_RATE));
      await marked.promise;
    },
    isOpen: () => open,
    close,
  };
}
