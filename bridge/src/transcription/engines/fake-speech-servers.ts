import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { decode, encode } from '@msgpack/msgpack';
import { WebSocketServer, type WebSocket } from 'ws';
import * as z from 'zod';

/** Speech servers for tests: other people's wire formats over real HTTP and WebSocket, on loopback. */

export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** 16-bit mono, without the head of the WAV file. */
  readonly pcm: Int16Array;
}

export interface FakeHttpEngine {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

const WAV_HEAD_BYTES = 44;

async function readForm(headers: IncomingHttpHeaders, body: Buffer): Promise<Pick<Asked, 'fields' | 'pcm'>> {
  const type = headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return { fields: {}, pcm: new Int16Array() };
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const fields: Record<string, string[]> = {};
  let pcm = new Int16Array();
  for (const [name, value] of form) {
    if (typeof value === 'string') (fields[name] ??= []).push(value);
    else pcm = new Int16Array((await value.arrayBuffer()).slice(WAV_HEAD_BYTES));
  }
  return { fields, pcm };
}

/** @param answer may do with the response what bad servers do; a value is sent as JSON */
export async function startHttpEngine(
  answer: (asked: Asked, response: ServerResponse) => unknown,
): Promise<FakeHttpEngine> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void readForm(request.headers, Buffer.concat(chunks)).then((form) => {
        const one = { path: request.url ?? '', headers: request.headers, ...form };
        asked.push(one);
        const given = answer(one, response);
        if (given !== undefined) response.setHeader('content-type', 'application/json').end(JSON.stringify(given));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Looked at in one go: a schema for each of millions of samples takes seconds. */
const samples = z.custom<number[]>((value) => Array.isArray(value) && value.every(Number.isFinite));
const inMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Audio'), pcm: samples }),
  z.object({ type: z.literal('Marker'), id: z.int() }),
]);

/** One connection to the streaming server, as it sees it. */
export interface Streamed {
  readonly key: string | undefined;
  readonly path: string;
  /** 24 kHz. */
  readonly samples: number[];
  readonly socket: WebSocket;
  send(message: Readonly<Record<string, unknown>>): void;
}

export interface FakeStreamingEngine {
  readonly url: string;
  readonly connections: readonly Streamed[];
  close(): Promise<void>;
}

const FRAME_SAMPLES = 1_920;
const RATE = 24_000;
/** As of Kyutai's smaller model. */
const DELAY_FRAMES = 6;

export interface StreamingBehaviour {
  /** Instead of `Ready`. */
  readonly onOpen?: (stream: Streamed) => void;
  /** A word heard in the sound, told when its frame has been worked on. @returns false to say nothing of it */
  readonly onWord?: (stream: Streamed, word: string, startS: number) => boolean;
  /** @returns false to swallow it */
  readonly onMarker?: (stream: Streamed) => boolean;
}

/**
 * Works as moshi-server does: frame by frame, each told by `Step`; a marker comes back when everything before it and its delay has
 * been worked on. Words are stretches of sound between silences; each is called by its number in the stream.
 */
export async function startStreamingEngine(behaviour: StreamingBehaviour = {}): Promise<FakeStreamingEngine> {
  const connections: Streamed[] = [];
  const http = createServer((request, response) => {
    response.statusCode = request.url === '/api/build_info' ? 200 : 404;
    response.end('{}');
  });
  const server = new WebSocketServer({ server: http });
  server.on('connection', (socket, request) => {
    const key = request.headers['kyutai-api-key'];
    const stream: Streamed = {
      key: typeof key === 'string' ? key : undefined,
      path: request.url ?? '',
      samples: [],
      socket,
      send: (message) => socket.send(encode(message)),
    };
    connections.push(stream);
    if (behaviour.onOpen === undefined) stream.send({ type: 'Ready' });
    else behaviour.onOpen(stream);
    let worked = 0;
    let words = 0;
    let isVoice = false;
    const markers: { readonly id: number; readonly atFrame: number }[] = [];
    const work = (): void => {
      while ((worked + 1) * FRAME_SAMPLES <= stream.samples.length) {
        const frame = stream.samples.slice(worked * FRAME_SAMPLES, (worked + 1) * FRAME_SAMPLES);
        const loud = frame.some((sample) => Math.abs(sample) > 0.05);
        const atS = (worked * FRAME_SAMPLES) / RATE;
        if (loud && !isVoice) {
          words += 1;
          if (behaviour.onWord?.(stream, `word${words}`, atS) !== false) {
            stream.send({ type: 'Word', text: `word${words}`, start_time: atS });
          }
        }
        if (!loud && isVoice) stream.send({ type: 'EndWord', stop_time: atS });
        isVoice = loud;
        worked += 1;
        stream.send({ type: 'Step', step_idx: worked, prs: [0.1], buffered_pcm: 0 });
        for (const marker of markers.filter(({ atFrame }) => atFrame === worked)) {
          stream.send({ type: 'Marker', id: marker.id });
        }
      }
    };
    socket.on('message', (data: Buffer) => {
      const message = inMessage.parse(decode(data));
      if (message.type === 'Audio') {
        stream.samples.push(...message.pcm);
        work();
      } else if (behaviour.onMarker?.(stream) !== false) {
        markers.push({ id: message.id, atFrame: Math.floor(stream.samples.length / FRAME_SAMPLES) + DELAY_FRAMES });
      }
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    connections,
    close: async () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}
