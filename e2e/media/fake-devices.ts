import type { ActorMedia, FakeDevices } from './actor-media.ts';

declare global {
  interface Window {
    palabreDevices: FakeDevices;
  }
}

/**
 * Init script: replaces camera, microphone and screen by canvas and WebAudio streams. Runs in every frame before any script
 * of the page, so it must not use anything from outside its own body.
 */
export function installFakeDevices({ media, screen }: { media: ActorMedia; screen: readonly number[] }): void {
  // A page without a secure context has no mediaDevices; nothing to replace there.
  if (!('MediaDevices' in window)) return;

  let context: AudioContext | undefined;
  let microphone: { readonly out: MediaStreamAudioDestinationNode; readonly toneGain: GainNode } | undefined;
  const counts = { camera: 0, microphone: 0 };
  let flashUntil = 0;
  let onTick: (() => void) | undefined;

  const openMicrophone = () => {
    if (microphone !== undefined && context !== undefined) return { ...microphone, context };
    context = new AudioContext({ sampleRate: 48_000 });
    const out = context.createMediaStreamDestination();
    out.channelCount = 1;
    // Without a source that never ends the track would stall between two sounds.
    const silence = new ConstantSourceNode(context, { offset: 0 });
    silence.connect(out);
    silence.start();
    const toneGain = new GainNode(context, { gain: media.toneAtStart ? 0.25 : 0 });
    const tone = new OscillatorNode(context, { frequency: media.toneHz });
    tone.connect(toneGain).connect(out);
    tone.start();
    microphone = { out, toneGain };
    return { ...microphone, context };
  };

  /** A picture of one colour with a bar that moves; returns a fresh track, frames given at even ticks. */
  const paint = (
    colour: readonly number[],
    width: number,
    height: number,
    framesPerSecond: number,
    flashes: boolean,
  ) => {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext('2d', { alpha: false });
    const track = canvas.captureStream(0).getVideoTracks()[0] as CanvasCaptureMediaStreamTrack | undefined;
    if (pen === null || track === undefined) throw new Error('no canvas capture in this browser');
    let frame = 0;
    const draw = () => {
      if (track.readyState === 'ended') {
        clearInterval(timer);
        return;
      }
      if (flashes) onTick?.();
      frame += 1;
      const white = flashes && performance.now() < flashUntil;
      pen.fillStyle = white ? 'white' : `rgb(${colour.join(',')})`;
      pen.fillRect(0, 0, width, height);
      if (!white) {
        pen.fillStyle = 'rgba(255,255,255,0.85)';
        const period = 3 * framesPerSecond;
        pen.fillRect(((frame % period) / period) * width, height * 0.4, width / 16, height * 0.2);
      }
      track.requestFrame();
    };
    const timer = setInterval(draw, 1000 / framesPerSecond);
    draw();
    return track;
  };

  /** Product code chooses devices by id, and canvas tracks have none of their own. */
  const named = <T extends MediaStreamTrack>(track: T, deviceId: string): T => {
    const original = track.getSettings.bind(track);
    track.getSettings = () => ({ ...original(), deviceId, groupId: 'test' });
    return track;
  };
  const cameraTrack = () => {
    counts.camera += 1;
    return named(paint(media.colour, media.width, media.height, media.framesPerSecond, true), 'test-camera');
  };
  const microphoneTrack = () => {
    counts.microphone += 1;
    const { out, context: running } = openMicrophone();
    void running.resume();
    const track = out.stream.getAudioTracks()[0];
    if (track === undefined) throw new Error('no audio destination in this browser');
    return named(track.clone(), 'test-microphone');
  };

  const wanted = (constraint: boolean | MediaTrackConstraints | undefined) =>
    constraint !== undefined && constraint !== false;
  MediaDevices.prototype.getUserMedia = (constraints = {}) => {
    const tracks: MediaStreamTrack[] = [];
    if (wanted(constraints.audio)) tracks.push(microphoneTrack());
    if (wanted(constraints.video)) tracks.push(cameraTrack());
    if (tracks.length === 0) return Promise.reject(new TypeError('neither audio nor video was asked for'));
    return Promise.resolve(new MediaStream(tracks));
  };
  MediaDevices.prototype.getDisplayMedia = () =>
    Promise.resolve(new MediaStream([named(paint(screen, 1280, 720, 8, false), 'test-screen')]));
  MediaDevices.prototype.enumerateDevices = () =>
    Promise.resolve(
      (['audioinput', 'videoinput', 'audiooutput'] as const).map((kind) => {
        const deviceId = { audioinput: 'test-microphone', videoinput: 'test-camera', audiooutput: 'default' }[kind];
        const label = { audioinput: 'Test microphone', videoinput: 'Test camera', audiooutput: 'Speakers' }[kind];
        return { kind, deviceId, label, groupId: 'test', toJSON: () => ({ kind, deviceId, label, groupId: 'test' }) };
      }),
    );

  window.palabreDevices = {
    tone: (on) => {
      openMicrophone().toneGain.gain.value = on ? 0.25 : 0;
    },
    say: async (base64) => {
      const { context: running, out } = openMicrophone();
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const buffer = await running.decodeAudioData(bytes.buffer);
      const source = new AudioBufferSourceNode(running, { buffer });
      source.connect(out);
      const startAt = running.currentTime + 0.05;
      source.start(startAt);
      return {
        startedMs: Date.now() + (startAt - running.currentTime) * 1000,
        durationMs: buffer.duration * 1000,
      };
    },
    flashAndBeep: () =>
      new Promise((resolve) => {
        // At the camera's own tick, so that the white frame leaves at the moment the beep begins.
        onTick = () => {
          onTick = undefined;
          const { context: running, out } = openMicrophone();
          const beep = new OscillatorNode(running, { frequency: 1000 });
          const gain = new GainNode(running, { gain: 0.8 });
          beep.connect(gain).connect(out);
          beep.start();
          beep.stop(running.currentTime + 0.2);
          flashUntil = performance.now() + 200;
          resolve(Date.now());
        };
      }),
    cameraOpened: () => counts.camera,
    microphoneOpened: () => counts.microphone,
  };
}
