import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Egress, EgressRequest } from './egress.ts';
import { createFakeLivekitEgress, type FakeLivekitEgress } from './fake-livekit-egress.ts';
import { createEgressHints } from './hints.ts';
import { createEgressFiles, createLivekitEgress, type LivekitEgressOptions } from './livekit-egress.ts';

const NAME = 'egress/run/segment.mp4';
const never = new AbortController().signal;
const request: EgressRequest = {
  livekitRoom: 'room',
  name: NAME,
  layout: 'screen',
  width: 1280,
  height: 720,
  framesPerSecond: 20,
  videoBitsPerSecond: 1_800_000,
};
const waits = { requestS: 5, lookMs: 10, beginMs: 150, endMs: 150, leaveMs: 60_000 };
const hints = createEgressHints();

let livekit: FakeLivekitEgress;
let dir: string;
let egress: Egress;
const now = () => Date.now();
const client = (other: Partial<LivekitEgressOptions> = {}) => {
  const { url, apiKey, apiSecret } = livekit;
  return createLivekitEgress({
    url,
    apiKey,
    apiSecret,
    place: { dir, workerDir: '/out' },
    hints,
    now,
    waits,
    ...other,
  });
};
const impatient = () => client({ waits: { ...waits, requestS: 0.2 } });
beforeEach(async () => {
  livekit = await createFakeLivekitEgress();
  dir = mkdtempSync(join(tmpdir(), 'palabre-egress-'));
  egress = client();
});
afterEach(async () => {
  await livekit.close();
  rmSync(dir, { recursive: true });
});

describe('a start', () => {
  test('asks for a picture and sound as they were ordered, in a file of the folder that both have', async () => {
    const startedMs = await egress.start(request, never);
    const [started] = livekit.started;
    expect(startedMs).toBe((started?.startedMs ?? 0) + 0.25);
    expect([egress.isRecorder(started?.id ?? ''), egress.isRecorder('EG_other')]).toEqual([true, false]);
    expect(started?.request).toMatchObject({
      roomName: 'room',
      layout: 'speaker',
      fileOutputs: [{ fileType: 'MP4', filepath: `/out/${NAME}`, disableManifest: true }],
      advanced: { width: 1280, height: 720, framerate: 20, videoBitrate: 1800, videoCodec: 'H264_MAIN' },
    });
  });

  test('is refused to who has not the keys of the SFU', async () => {
    const stranger = client({ apiSecret: 'another secret, as long as that one' });
    await expect(stranger.start(request, never)).rejects.toThrow('permissions denied');
    await expect(stranger.look('room', NAME)).rejects.toThrow('permissions denied');
    expect(livekit.started).toEqual([]);
  });

  test.each([3_600_000, -3_600_000])('by a clock %d ms ahead began no earlier than it can have', async (aheadMs) => {
    livekit.aheadMs = aheadMs;
    const askedMs = Date.now();
    const startedMs = await egress.start(request, never);
    expect(startedMs).toBeGreaterThan(askedMs);
    expect(startedMs).toBeLessThanOrEqual(Date.now());
  });

  test('of sound only asks for no picture', async () => {
    await egress.start({ ...request, layout: 'audio' }, never);
    expect(livekit.started[0]?.request).toMatchObject({ audioOnly: true, advanced: { audioCodec: 'AAC' } });
    expect(livekit.started[0]?.request.advanced).not.toHaveProperty('videoCodec');
  });

  test('into object storage hands over where, and with which keys', async () => {
    const s3 = {
      endpoint: 'http://s3.example',
      region: 'here',
      bucket: 'calls',
      prefix: 'palabre/',
      accessKeyId: 'id',
      secretAccessKey: 'hidden',
    };
    const stored = client({ place: { s3 } });
    await stored.start(request, never);
    const upload = { endpoint: 'http://s3.example', bucket: 'calls', accessKey: 'id', secret: 'hidden' };
    expect(livekit.started[0]?.request.fileOutputs).toMatchObject([
      { filepath: `palabre/${NAME}`, s3: { ...upload, forcePathStyle: true } },
    ]);
    await expect(stored.look('room', NAME)).resolves.toBe('active');
  });

  test.each([
    ['no recorder answers', { status: 503, code: 'unavailable', msg: 'no response from servers' }],
    ['there is no Redis', { status: 500, code: 'internal', msg: 'egress not connected (redis required)' }],
    [
      'nobody is in the call',
      { status: 404, code: 'not_found', msg: 'twirp error unknown: requested room does not exist' },
    ],
  ])('fails where %s', async (_, refusal) => {
    livekit.refuse.set('StartRoomCompositeEgress', refusal);
    await expect(egress.start(request, never)).rejects.toThrow(refusal.msg);
  });

  test('that is not answered fails', async () => {
    livekit.refuse.set('StartRoomCompositeEgress', 'silence');
    await expect(impatient().start(request, never)).rejects.toThrow();
  });

  test('that never captures fails, and can be stopped', async () => {
    livekit.begins.then = 'EGRESS_STARTING';
    await expect(egress.start(request, never)).rejects.toThrow('does not begin');
    await egress.stop('room', NAME);
    expect(livekit.started[0]?.status).toBe('EGRESS_ABORTED');
  });

  test('that breaks down on the way fails', async () => {
    livekit.begins.then = 'EGRESS_FAILED';
    await expect(egress.start(request, never)).rejects.toThrow('did not begin');
  });

  test('does not wait for the next look when the SFU tells', async () => {
    const slow = { ...waits, lookMs: 60_000, beginMs: 60_000 };
    const patient = client({ waits: slow });
    const telling = setInterval(() => hints.tell('room'), 5);
    await expect(patient.start(request, never)).resolves.toBeGreaterThan(0);
    clearInterval(telling);
  });
});

describe('afterwards', () => {
  test.each([
    ['EGRESS_ENDING', 'ending'],
    ['EGRESS_COMPLETE', 'ended'],
    ['EGRESS_LIMIT_REACHED', 'ended'],
    ['EGRESS_FAILED', 'failed'],
    ['EGRESS_ABORTED', 'failed'],
  ] as const)('%s is seen as %s', async (status, state) => {
    await egress.start(request, never);
    const [started] = livekit.started;
    if (started !== undefined) started.status = status;
    await expect(egress.look('room', NAME)).resolves.toBe(state);
    await expect(egress.look('room', 'egress/run/other.mp4')).resolves.toBe('absent');
    await expect(egress.look('other', NAME)).resolves.toBe('absent');
  });

  test('a stop ends it, and a second one is no error', async () => {
    await egress.start(request, never);
    await egress.stop('room', NAME);
    await egress.stop('room', NAME);
    expect(livekit.started[0]?.status).toBe('EGRESS_COMPLETE');
  });

  test('a stop that it was too late for is no error; one that the SFU does not do is', async () => {
    await egress.start(request, never);
    livekit.refuse.set('StopEgress', { status: 412, code: 'failed_precondition', msg: 'it has ended' });
    await egress.stop('room', NAME);
    // Its machine has died.
    livekit.refuse.set('StopEgress', {
      status: 408,
      code: 'deadline_exceeded',
      msg: 'twirp error unknown: request timed out',
    });
    expect(egress.isRecorder('EG_1')).toBe(true);
    await expect(egress.stop('room', NAME)).rejects.toThrow('request timed out');
    expect(egress.isRecorder('EG_1')).toBe(false);
  });

  test('one that cannot be stopped, because the SFU does not say which it is, may be put out', async () => {
    await egress.start(request, never);
    await egress.start({ ...request, name: 'egress/mine/segment.mp4' }, never);
    livekit.refuse.set('ListEgress', { status: 503, code: 'unavailable', msg: 'nobody there' });
    await expect(egress.stop('room', NAME)).rejects.toThrow('nobody there');
    expect(['EG_1', 'EG_2'].map((identity) => egress.isRecorder(identity))).toEqual([false, true]);
  });

  test('one that was stopped has time to leave, and no more than that; once it is over it is nobody', async () => {
    await egress.start(request, never);
    await egress.stop('room', NAME);
    expect(egress.isRecorder('EG_1')).toBe(true);
    await egress.settle('room', NAME, never);
    expect(egress.isRecorder('EG_1')).toBe(false);
  });

  test.each(['EGRESS_ACTIVE', 'EGRESS_ENDING'] as const)(
    'one that was %s when it was stopped, and stays, may be put out',
    async (status) => {
      const strict = client({ waits: { ...waits, leaveMs: 0 } });
      await strict.start(request, never);
      expect(strict.isRecorder('EG_1')).toBe(true);
      const [started] = livekit.started;
      if (started !== undefined) started.status = status;
      await strict.stop('room', NAME);
      expect(strict.isRecorder('EG_1')).toBe(false);
    },
  );

  test('only those that are meant are stopped', async () => {
    await egress.start(request, never);
    await egress.start({ ...request, name: 'egress/mine/segment.mp4' }, never);
    await egress.stopThose('room', (name) => name.startsWith('egress/mine/'));
    expect(livekit.started.map(({ status }) => status)).toEqual(['EGRESS_ACTIVE', 'EGRESS_COMPLETE']);
  });

  test('settling stops it and waits for its end, which must come', async () => {
    await egress.start(request, never);
    await egress.settle('room', NAME, never);
    expect(livekit.started[0]?.status).toBe('EGRESS_COMPLETE');
    await egress.settle('room', 'egress/run/unknown.mp4', never);
    const [started] = livekit.started;
    if (started !== undefined) started.status = 'EGRESS_ENDING';
    await expect(egress.settle('room', NAME, never)).rejects.toThrow('does not end');
    livekit.refuse.set('ListEgress', 'silence');
    await expect(impatient().settle('room', NAME, never)).rejects.toThrow();
  });

  test('its file is read once it is there, and removed', async () => {
    await expect(egress.read(NAME)).resolves.toBeUndefined();
    mkdirSync(join(dir, 'egress/run'), { recursive: true });
    writeFileSync(join(dir, NAME), 'film');
    const file = await egress.read(NAME);
    expect(file && (await text(file))).toBe('film');
    await createEgressFiles({ dir }).remove(NAME);
    await createEgressFiles({ dir }).remove(NAME);
    expect(existsSync(join(dir, NAME))).toBe(false);
  });
});
