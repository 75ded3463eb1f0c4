import { RoomEvent } from '@livekit/rtc-node';
import { createPeer } from '../rpc.ts';
import { isKept, NOBODY } from '../contract.ts';
import type {
  ChildConfig,
  KeptPeople,
  MediaGrant,
  RecorderPlace,
  RecordRequest,
  ScribeChild,
  ScribeParent,
} from '../contract.ts';
import { admittedMembers } from './admitted.ts';
import {
  createWrittenCaptions,
  startCaptions,
  takeCaptionRequests,
  type CaptionRequests,
  type Captions,
  type WrittenCaptions,
} from './captions/index.ts';
import { joinCall, type Call, type CallMember, type MediaKey } from './call.ts';
import { openAllEars } from './all-ears.ts';
import type { Ears } from './ears.ts';
import { createChildMatrix, type ChildMatrix } from './matrix.ts';
import { askPartner } from './partner-tokens.ts';
import { openRecorderPage, type RecorderBrowser, type RecorderPage } from './recorder.ts';
import { startSoundRecorder, type SoundRecorder } from './sound.ts';
import { createSpare } from './spare.ts';

/**
 * The scribe of one meeting, as a process of its own: holds a device, an RTC membership, the media connection and the recorder
 * browser. It keeps nothing: what it hears and draws goes to the supervisor at once. It ends when the supervisor does.
 */

const BEAT_MS = 1_000;
/** A recording that was asked for and has not begun by then was stopped, or paused: its browser does not wait on. */
const RECORDS_WITHIN_MS = 60_000;

const send = process.send?.bind(process);
if (send === undefined) throw new Error('this process is started by the bridge');

const { remote: parent } = createPeer<ScribeChild, ScribeParent>(
  {
    send: (message) => {
      if (process.connected) send(message);
    },
    onMessage: (handler) => process.on('message', handler),
  },
  {
    prepareRecorder,
    boot,
    trust: () => need(matrix).trustSelf(),
    join,
    keep,
    listen: () => need(ears).listen(),
    stopListening: () => need(ears).stopListening(),
    caption,
    stopCaptions,
    record,
    stopRecording,
    encrypt: (type, content) => need(matrix).encrypt(type, content),
    leaveCall,
    close,
  },
);

let config: ChildConfig | undefined;
let place: RecorderPlace | undefined;
let matrix: ChildMatrix | undefined;
let call: Call | undefined;
let ears: Ears | undefined;
let recorder: RecorderBrowser | undefined;
/** Until it is connected a page sees and hears nothing, so it may be there before anybody is known to agree. */
const pages = createSpare<RecorderPage>(async () => {
  const { chromium, recorderUrl } = need(place);
  return openRecorderPage({
    chromium,
    pageUrl: recorderUrl,
    onUnsandboxed: () => void parent.log('warn', 'the browser runs without its sandbox', {}).catch(() => undefined),
  });
});
let sound: SoundRecorder | undefined;
let requests: CaptionRequests | undefined;
let captions: Captions | undefined;
let written: WrittenCaptions | undefined;
/** Grows when a recorder is dropped: what still comes of it is not wanted any more. */
let recorderTurn = 0;
let dropped: Promise<unknown> = Promise.resolve();
let members: readonly CallMember[] = [];
let kept = NOBODY;
const keys = new Map<string, MediaKey>();
let ownKey: MediaKey | undefined;

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not ready for this');
  return value;
}

/** Names only the kind of an error: its text may hold ids or addresses. */
function report(message: string, error: unknown): void {
  const kind = error instanceof Error ? error.name : typeof error;
  void parent.log('warn', message, { kind }).catch(() => undefined);
}

function forgetSpeech(prefix: string): void {
  void parent.forgetSpeech(prefix).catch(() => undefined);
}

function onOtherDoor(error: unknown): void {
  report("a partner's token is asked for without its homeserver", error);
}

/** Chromium needs as long as all of Matrix, and neither needs the other. */
function prepareRecorder(next: RecorderPlace): Promise<void> {
  place = next;
  pages.prepare();
  return Promise.resolve();
}

async function boot(next: ChildConfig): Promise<{ ed25519: string; curve25519: string }> {
  config = next;
  place = next.recorder;
  if (next.drawsSoon) pages.prepare(RECORDS_WITHIN_MS);
  else pages.close().catch((error: unknown) => report('a browser that waited', error));
  matrix = await createChildMatrix(next);
  return matrix.deviceKeys();
}

async function join(): Promise<void> {
  const { encrypted } = need(config);
  const grant: Promise<MediaGrant> = parent.grant('scribe');
  const opened = grant.then((ownGrant) =>
    openAllEars({
      ownService: need(config).serviceUrl,
      ownGrant,
      grantFor: (service) => askPartner(need(matrix), need(config), service, 'scribe', onOtherDoor),
      encrypted,
      events: {
        onUtterance: (utterance) => parent.utterance({ ...utterance, ...spokenBy(utterance.userId) }),
        onUnheard: (span) => void parent.unheard(span).catch(() => undefined),
        onKeyMissing: (identity) => call?.askForKey(identity),
        onMetadata: (text) => void parent.metadata(text).catch(() => undefined),
        onDisconnected: () => fail('the media connection ended', undefined),
        onFailure: (error) => report('hearing failed', error),
      },
    }),
  );
  const joined = joinCall(need(matrix), need(config), {
    onMembers: (next) => {
      members = next;
      applyMembers();
      void parent
        .members(next.map(({ userId, deviceId, name }) => ({ userId, deviceId, name })))
        .catch(() => undefined);
    },
    onKey: (key) => {
      keys.set(`${key.identity} ${key.index}`, key);
      ears?.setKey(key);
      recorder?.setKey(key).catch((error: unknown) => report('recorder key', error));
    },
    onOwnKey: (key) => {
      ownKey = key;
      ears?.setOwnKey(key);
    },
    onKeyDropped: (reason) => void parent.log('warn', 'media key dropped', { reason }).catch(() => undefined),
    onLost: (error) => fail('the RTC membership ended', error),
  });
  ears = await opened;
  requests = takeCaptionRequests(ears.room, {
    userOf: (identity) => members.find((member) => member.identity === identity)?.userId,
    maySee: (userId) => parent.maySeeCaptions(userId),
    now: () => Date.now(),
  });
  await ears.keep(kept);
  for (const key of keys.values()) ears.setKey(key);
  if (ownKey !== undefined) ears.setOwnKey(ownKey);
  // Who may be heard on a partner's SFU depends on who is on ours.
  ears.room.on(RoomEvent.ParticipantConnected, applyMembers).on(RoomEvent.ParticipantDisconnected, applyMembers);
  applyMembers();
  call = await joined;
}

const admitted = (): readonly CallMember[] =>
  ears === undefined ? [] : admittedMembers(members, ears.room.remoteParticipants);

function applyMembers(): void {
  ears?.setMembers(admitted());
  void showMembers();
}

async function keep(people: KeptPeople): Promise<void> {
  kept = people;
  written?.review();
  await Promise.all([ears?.keep(people), showMembers()]);
}

/** A recorder that cannot be told is not trusted to leave anybody out: another takes its place. */
async function showMembers(): Promise<void> {
  const drawing = recorder;
  try {
    await drawing?.setMembers(...drawn());
  } catch (error) {
    report('recorder members', error);
    if (drawing === undefined || recorder !== drawing) return;
    await dropRecorder();
    void parent.recorderLost('members').catch(() => undefined);
  }
}

function drawn(): [CallMember[], number] {
  const all = admitted();
  const shown = all.filter(({ userId }) => isKept(kept.recording, userId));
  // Who is only announced in the room has no place in the film. Of a partner's SFU we cannot tell without going there.
  const isHere = ({ identity, service }: CallMember): boolean =>
    service !== config?.serviceUrl || ears?.room.remoteParticipants.has(identity) === true;
  return [shown, all.filter((member) => !shown.includes(member) && isHere(member)).length];
}

/** What they set on any of their devices. */
function spokenBy(userId: string): { language?: string } {
  const theirs = members.filter((member) => member.userId === userId);
  const [language] = theirs.flatMap(({ identity }) => requests?.audience.languageOf(identity) ?? []);
  return language === undefined ? {} : { language };
}

async function caption(): ReturnType<ScribeChild['caption']> {
  const hearing = need(ears);
  captions?.close();
  const started = startCaptions({
    room: hearing.room,
    requests: need(requests),
    caption: (request) => parent.captionText(request),
    forget: () => forgetSpeech('live '),
    onState: (state) => void parent.captionsState(state).catch(() => undefined),
    onFailure: (error) => report('captioning failed', error),
  });
  captions = started;
  await hearing.setCaptioning('live', started.sink);
  await hearing.whenHeard('captioning');
  return { startedMs: Date.now() };
}

async function stopCaptions(): ReturnType<ScribeChild['stopCaptions']> {
  captions?.close();
  captions = undefined;
  await ears?.setCaptioning('live', undefined);
  return { stoppedMs: Date.now() };
}

async function setWritten(next: WrittenCaptions | undefined): Promise<void> {
  if (written === undefined && next === undefined) return;
  written?.close();
  written = next;
  await ears?.setCaptioning('picture', next?.sink);
}

function writeCaptions(browser: RecorderBrowser): WrittenCaptions {
  return createWrittenCaptions({
    // Of nobody else: what they say may not be kept.
    nameOf: (identity) => drawn()[0].find((member) => member.identity === identity)?.name,
    languageOf: (identity) => requests?.audience.languageOf(identity),
    caption: (request) => parent.captionText(request),
    forget: forgetSpeech,
    write: (caption) => browser.setCaption(caption),
    onFailure: (error) => report('captions in the picture failed', error),
  });
}

async function record({ picture, captions: burnt }: RecordRequest): ReturnType<ScribeChild['record']> {
  const { ffmpeg, serviceUrl, encrypted } = need(config);
  const hearing = need(ears);
  await dropRecorder();
  const turn = recorderTurn;
  const handOver = async (of: 'picture' | 'sound', data: Uint8Array): Promise<void> => {
    if (turn === recorderTurn) await parent.chunk(of, data);
  };
  const lose = (reason: string): void => {
    if (turn !== recorderTurn || (recorder === undefined && sound === undefined)) return;
    void dropRecorder();
    void parent.recorderLost(reason).catch(() => undefined);
  };
  const openBrowser = async (): Promise<RecorderBrowser> => {
    const page = await pages.take();
    const grant = await parent.grant('recorder').catch(async (error: unknown) => {
      await page.close();
      throw error;
    });
    return page.connect({
      ownService: serviceUrl,
      grant,
      grantFor: (service) => askPartner(need(matrix), need(config), service, 'recorder', onOtherDoor),
      encrypted,
      onChunk: (data) => handOver('picture', data),
      onFailure: (error) => report("a partner's SFU could not be drawn", error),
      onLost: lose,
    });
  };
  const opened = picture === undefined ? undefined : await openBrowser();
  recorder = opened;
  // Sound begins before the picture, so that there is some for every frame.
  const started = startSoundRecorder({
    ffmpeg,
    onChunk: (data) => handOver('sound', data),
    onLost: () => lose('sound'),
  });
  sound = started;
  try {
    for (const key of keys.values()) await opened?.setKey(key);
    await opened?.setMembers(...drawn());
    await hearing.setMixing((samples, startMs) => started.add(samples, startMs));
    if (opened !== undefined && burnt) await setWritten(writeCaptions(opened));
    const soundStartedMs = started.startedMs;
    if (opened === undefined || picture === undefined) return { startedMs: soundStartedMs, soundStartedMs };
    const { startedMs } = await opened.start(picture);
    return { startedMs, soundStartedMs };
  } catch (error) {
    await dropRecorder();
    throw error;
  }
}

/** Ends a recorder that cannot go on; what it handed over stays. Resolves when it has gone, and never rejects. */
async function dropRecorder(): Promise<void> {
  const [picture, mix] = [recorder, sound];
  recorder = sound = undefined;
  recorderTurn += 1;
  mix?.abort();
  dropped = Promise.all([dropped, ears?.setMixing(undefined), setWritten(undefined), picture?.close()]).catch(
    (error: unknown) => report('dropping a recorder', error),
  );
  await dropped;
}

async function stopRecording(): ReturnType<ScribeChild['stopRecording']> {
  const [picture, mix] = [recorder, need(sound)];
  recorder = sound = undefined;
  try {
    const soundStoppedMs = Date.now();
    const [drawn] = await Promise.all([picture?.stop(), mix.stop()]);
    return { stoppedMs: drawn?.stoppedMs ?? soundStoppedMs, pictureDelayMs: drawn?.pictureDelayMs };
  } finally {
    await Promise.all([ears?.setMixing(undefined), setWritten(undefined)]);
    await picture?.close();
  }
}

async function leaveCall(): Promise<void> {
  const [leaving, hearing, drawing, mix] = [call, ears, recorder, sound];
  call = ears = recorder = sound = undefined;
  captions?.close();
  written?.close();
  captions = written = undefined;
  mix?.abort();
  await Promise.all([drawing?.close(), pages.close()]);
  await hearing?.close();
  await leaving?.leave();
}

async function close(): Promise<void> {
  await leaveCall();
  await matrix?.close();
  setImmediate(() => process.exit(0));
}

/** What cannot be mended here is mended by a successor. */
function fail(message: string, error: unknown): void {
  if (call === undefined && ears === undefined) return;
  report(message, error);
  void Promise.race([
    Promise.all([recorder?.close(), pages.close()]),
    new Promise((resolve) => setTimeout(resolve, 2_000)),
  ]).finally(() => process.exit(1));
}

const beating = setInterval(() => {
  const heardUntilMs = ears?.heardUntilMs();
  const beat = {
    rssBytes: process.memoryUsage.rss(),
    isAway: ears?.isAway() === true,
    ...(heardUntilMs === undefined ? {} : { heardUntilMs }),
  };
  void parent.beat(beat).catch(() => undefined);
}, BEAT_MS);
beating.unref();

process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => {
  report('uncaught exception', error);
  setTimeout(() => process.exit(1), 100);
});
process.on('unhandledRejection', (error) => report('unhandled rejection', error));
