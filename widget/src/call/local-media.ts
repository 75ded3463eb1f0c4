import {
  ConnectionState,
  createLocalAudioTrack,
  createLocalVideoTrack,
  RoomEvent,
  Track,
  VideoPresets,
  type LocalAudioTrack,
  type LocalTrack,
  type LocalVideoTrack,
  type Room,
} from 'livekit-client';
import {
  listDevices,
  openDevice,
  recallChoices,
  rememberChoice,
  troubleOf,
  type DeviceChoices,
  type DeviceKind,
  type DeviceLists,
  type DeviceTrouble,
} from './devices.ts';

export interface LocalDeviceState {
  /** The person wants it on. */
  readonly wanted: boolean;
  readonly phase: 'off' | 'starting' | 'on';
  readonly trouble: DeviceTrouble | undefined;
}

export interface LocalMediaState {
  readonly microphone: LocalDeviceState;
  readonly camera: LocalDeviceState;
  readonly screen: 'off' | 'starting' | 'on';
  readonly devices: DeviceLists;
  readonly chosen: DeviceChoices;
}

export interface LocalMedia {
  state(): LocalMediaState;
  microphone(): LocalAudioTrack | undefined;
  camera(): LocalVideoTrack | undefined;
  readonly setMicrophone: (on: boolean) => Promise<void>;
  readonly setCamera: (on: boolean) => Promise<void>;
  setScreen(on: boolean): Promise<void>;
  choose(kind: DeviceKind, id: string): Promise<void>;
  refreshDevices(): Promise<void>;
  /** From now on the tracks are published there; called again after every reconnect. */
  publishTo(room: Room): Promise<void>;
  /** Releases camera and microphone but remembers which were wanted. */
  suspend(): void;
}

/** One of the two capture devices: wished on or off, with its track. One change at a time, the last wish wins. */
function createCapture<T extends LocalAudioTrack | LocalVideoTrack>(
  wanted: boolean,
  open: () => Promise<T>,
  /** Resolves when the track is sent, or as soon as there is no connection to send it on; rejects when it was refused. */
  publish: (track: T) => Promise<void>,
  onChange: () => void,
) {
  let state: LocalDeviceState = { wanted, phase: 'off', trouble: undefined };
  let track: T | undefined;
  let generation = 0;
  let queue: Promise<void> = Promise.resolve();

  /** Never a live track that the state calls off. */
  const drop = (error: unknown): void => {
    track?.stop();
    track = undefined;
    state = { wanted: false, phase: 'off', trouble: troubleOf(error) };
  };
  const apply = async (began: number): Promise<void> => {
    // The person left before it was this wish's turn.
    if (began !== generation) return;
    const on = state.wanted;
    try {
      if (!on) await track?.mute();
      else {
        if (track === undefined) {
          const fresh = await open();
          // The person may have left while the browser asked.
          if (began !== generation) {
            fresh.stop();
            return;
          }
          track = fresh;
          // Seen at once; publishing takes a moment longer.
          state = { ...state, phase: 'on', trouble: undefined };
          onChange();
        } else await track.unmute();
        // It may have been taken back meanwhile: then it is not sent, or sent muted by the next change in the queue.
        if (began === generation && state.wanted) await publish(track);
      }
      if (began !== generation) return;
      state = { ...state, phase: on ? 'on' : 'off', trouble: undefined };
    } catch (error) {
      if (began !== generation) return;
      drop(error);
    }
    onChange();
  };
  const resume = async (began: number): Promise<void> => {
    if (began !== generation || !state.wanted || track === undefined) return;
    try {
      await publish(track);
    } catch (error) {
      if (began !== generation) return;
      drop(error);
      onChange();
    }
  };
  const enqueue = (change: (began: number) => Promise<void>): Promise<void> => {
    const began = generation;
    queue = queue.then(() => change(began));
    return queue;
  };

  return {
    state: () => state,
    track: () => track,
    set: (on: boolean): Promise<void> => {
      state = { wanted: on, phase: on && state.phase !== 'on' ? 'starting' : state.phase, trouble: undefined };
      onChange();
      return enqueue(apply);
    },
    /** There is a new connection: what is wanted is sent there. */
    resume: (): Promise<void> => enqueue(resume),
    release(): void {
      generation++;
      track?.stop();
      track = undefined;
      state = { ...state, phase: 'off' };
    },
  };
}

/** Camera, microphone and screen of this person, before and during the call. */
export function createLocalMedia(wanted: { audio: boolean; video: boolean }, onChange: () => void): LocalMedia {
  let room: Room | undefined;
  let screen: LocalMediaState['screen'] = 'off';
  let devices: DeviceLists = { audioinput: [], videoinput: [], audiooutput: [] };
  let chosen = recallChoices();

  const publish = async (track: LocalAudioTrack | LocalVideoTrack): Promise<void> => {
    if (room === undefined) return;
    const { localParticipant } = room;
    const lost = (): boolean => room?.state !== ConnectionState.Connected;
    const published = [...localParticipant.trackPublications.values()].some((item) => item.track === track);
    // LiveKit's own types disagree with each other under `exactOptionalPropertyTypes`.
    if (published) return;
    try {
      await localParticipant.publishTrack(track as LocalTrack, { source: track.source });
    } catch (error) {
      // Without a connection the wish is kept: `publishTo` comes again after the reconnect.
      if (!lost()) throw error;
    }
  };
  /** What is shared of the screen. The room keeps tracks alive that it no longer sends, so ending the capture is up to us. */
  const shared = new Set<LocalTrack>();
  const stopScreen = (): void => {
    for (const track of shared) track.stop();
    shared.clear();
    if (screen === 'on') screen = 'off';
  };
  const watchScreen = (target: Room): void => {
    const isShared = ({ source }: { source: Track.Source }): boolean =>
      source === Track.Source.ScreenShare || source === Track.Source.ScreenShareAudio;
    target
      .on(RoomEvent.LocalTrackPublished, (publication) => {
        if (isShared(publication) && publication.track !== undefined) shared.add(publication.track);
      })
      .on(RoomEvent.LocalTrackUnpublished, (publication) => {
        if (publication.source !== Track.Source.ScreenShare) return;
        // LiveKit takes everything back and sends it anew when it starts over; what ended meanwhile has ended all the same.
        const startsOver = target.state === ConnectionState.Reconnecting;
        if (startsOver && publication.track?.mediaStreamTrack.readyState === 'live') return;
        stopScreen();
        onChange();
      })
      .on(RoomEvent.Reconnected, () => {
        if (target.localParticipant.isScreenShareEnabled) return;
        stopScreen();
        onChange();
      })
      .on(RoomEvent.Disconnected, () => {
        stopScreen();
        onChange();
      });
  };
  const refreshDevices = async (): Promise<void> => {
    devices = await listDevices();
    onChange();
  };

  const microphone = createCapture(
    wanted.audio,
    async () => {
      const constraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
      const track = await openDevice(chosen.audioinput, (device) =>
        createLocalAudioTrack({ ...constraints, ...device }),
      );
      track.source = Track.Source.Microphone;
      void refreshDevices();
      return track;
    },
    publish,
    onChange,
  );
  const camera = createCapture(
    wanted.video,
    async () => {
      const { resolution } = VideoPresets.h720;
      const track = await openDevice(chosen.videoinput, (device) => createLocalVideoTrack({ resolution, ...device }));
      track.source = Track.Source.Camera;
      void refreshDevices();
      return track;
    },
    publish,
    onChange,
  );
  // Absent outside of secure contexts: then every wish for a device fails and says so.
  (navigator.mediaDevices as MediaDevices | undefined)?.addEventListener('devicechange', () => void refreshDevices());

  return {
    state: () => ({ microphone: microphone.state(), camera: camera.state(), screen, devices, chosen }),
    microphone: microphone.track,
    camera: camera.track,
    setMicrophone: microphone.set,
    setCamera: camera.set,
    async setScreen(on) {
      const target = room;
      if (target === undefined) return;
      if (on) screen = 'starting';
      onChange();
      try {
        await target.localParticipant.setScreenShareEnabled(on, {
          audio: true,
          contentHint: 'detail',
          selfBrowserSurface: 'exclude',
          surfaceSwitching: 'include',
        });
        screen = on ? 'on' : 'off';
      } catch {
        // The person closed the browser's chooser, or the system forbids it: either way nothing is shared.
        screen = 'off';
      }
      // The person may have left while the browser asked.
      if (screen === 'off' || room !== target) stopScreen();
      onChange();
    },
    async choose(kind, id) {
      chosen = { ...chosen, [kind]: id };
      rememberChoice(kind, id);
      onChange();
      if (kind === 'audioinput') await microphone.track()?.setDeviceId({ exact: id });
      else if (kind === 'videoinput') await camera.track()?.setDeviceId({ exact: id });
      else await room?.switchActiveDevice('audiooutput', id);
    },
    refreshDevices,
    async publishTo(target) {
      if (room !== target) watchScreen(target);
      room = target;
      if (chosen.audiooutput !== undefined)
        await target.switchActiveDevice('audiooutput', chosen.audiooutput).catch(() => undefined);
      await Promise.all([microphone.resume(), camera.resume()]);
    },
    suspend() {
      room = undefined;
      stopScreen();
      screen = 'off';
      microphone.release();
      camera.release();
      onChange();
    },
  };
}
