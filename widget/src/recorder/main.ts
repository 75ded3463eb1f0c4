import type { RecorderApi, RecorderHost, RecorderOptions, RecorderStage } from '@palabre/protocol';
import { startCapture, type Capture } from './capture.ts';
import { openConnection, type Connection } from './connection.ts';
import { nextSpeaker, type Speaker } from './layout.ts';
import { createWritten } from './written.ts';
import { paintStage } from './painter.ts';

/** The recorder page: opened by the bridge's scribe, which alone calls what it offers (protocol/src/recorder.ts). */

declare global {
  interface Window extends RecorderHost {
    palabreRecorder?: RecorderApi;
  }
}

const canvas = document.querySelector<HTMLCanvasElement>('canvas#stage');
const holder = document.querySelector<HTMLElement>('#sources');
if (canvas === null || holder === null) throw new Error('the page lacks its stage');
const context = canvas.getContext('2d', { alpha: false });
if (context === null) throw new Error('no canvas');

const connections = new Map<string, Connection>();
const keys: { readonly identity: string; readonly index: number; readonly raw: Uint8Array<ArrayBuffer> }[] = [];
let current: RecorderStage = { participants: [], notRecorded: 0 };
/** What stands in the place of somebody who is not recorded. */
let notRecorded = '';
let capture: Capture | undefined;
let speaker: Speaker | undefined;
const written = createWritten();
/** The latest ones only: a machine may be busy for a while. */
const pictureDelays: number[] = [];
const MOST_DELAYS = 3_000;
const PICTURES_WITHIN_MS = 3_000;

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function identitiesOn(connectionId: string): ReadonlySet<string> {
  return new Set(
    current.participants.filter((person) => person.connectionId === connectionId).map(({ identity }) => identity),
  );
}

function draw(
  stage: HTMLCanvasElement,
  painter: CanvasRenderingContext2D,
  { layout }: Pick<RecorderOptions, 'layout'>,
): void {
  const nowMs = performance.now();
  // Who is only announced in the room, and not connected, has no place in the film.
  const people = current.participants.flatMap(({ identity, connectionId, name }) => {
    const sources = connections.get(connectionId)?.sources(identity);
    return sources === undefined ? [] : [{ identity, name, ...sources }];
  });
  const speaking = people.filter((person) => person.speaking).map(({ identity }) => identity);
  speaker = nextSpeaker(speaker, speaking, nowMs);
  const captions = written.shown(nowMs);
  const absent = { count: current.notRecorded, label: notRecorded };
  paintStage(painter, { people, absent, layout, speaker: speaker?.identity, captions }, stage.width, stage.height);
}

window.palabreRecorder = {
  connect: async (options) => {
    const lost = new AbortController();
    const connection = await openConnection(options, holder, {
      onLost: () => {
        lost.abort();
        connections.delete(options.id);
        void window.palabreConnectionLost(options.id);
      },
      onPictureDelay: (delayMs) => {
        if (capture === undefined) return;
        pictureDelays.push(delayMs);
        if (pictureDelays.length > MOST_DELAYS) pictureDelays.shift();
      },
    });
    for (const { identity, index, raw } of keys) await connection.setKey(identity, index, raw);
    lost.signal.throwIfAborted();
    connections.set(options.id, connection);
    connection.setIdentities(identitiesOn(options.id));
  },
  disconnect: async (id) => {
    const connection = connections.get(id);
    connections.delete(id);
    await connection?.close();
  },
  setStage: (next) => {
    current = next;
    written.keep(new Set(next.participants.map(({ identity }) => identity)));
    for (const [id, connection] of connections) connection.setIdentities(identitiesOn(id));
  },
  setKey: async (identity, index, key) => {
    const raw = bytesOf(key);
    keys.push({ identity, index, raw });
    await Promise.all([...connections.values()].map((connection) => connection.setKey(identity, index, raw)));
  },
  setCaption: (caption) => written.set(caption, performance.now()),
  start: async (options) => {
    canvas.width = options.width;
    canvas.height = options.height;
    document.title = options.title;
    document.documentElement.lang = options.language;
    notRecorded = options.notRecorded;
    // A recording that begins with faces; people without a working picture are not waited for long.
    const impatientMs = performance.now() + PICTURES_WITHIN_MS;
    while (performance.now() < impatientMs && ![...connections.values()].every((connection) => connection.isReady())) {
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    draw(canvas, context, options);
    capture = startCapture(canvas, options, window, () => draw(canvas, context, options));
    return { startedMs: capture.startedMs };
  },
  stop: async () => {
    if (capture === undefined) throw new Error('nothing is recorded');
    const current = capture;
    capture = undefined;
    const ended = await current.stop();
    const sorted = pictureDelays.toSorted((a, b) => a - b);
    const pictureDelayMs = sorted[Math.floor(sorted.length / 2)];
    return { ...ended, ...(pictureDelayMs === undefined ? {} : { pictureDelayMs }) };
  },
};
