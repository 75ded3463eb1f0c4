import type { RecorderHost, RecorderOptions } from '@palabre/protocol';

/** Records a drawn picture and hands the file over in chunks as it grows. Sound is recorded by the scribe. */
export interface Capture {
  readonly startedMs: number;
  /** Resolves when the last chunk has been handed over. */
  stop(): Promise<{ stoppedMs: number }>;
}

/** H.264 is what the picture keeps in the final MP4; Chromium records it into Matroska. */
const MIME_TYPES = ['video/x-matroska;codecs=avc1', 'video/webm;codecs=h264'];
const KEY_FRAME_EVERY_MS = 2_000;

async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}

function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}

export function startCapture(
  canvas: HTMLCanvasElement,
  options: RecorderOptions,
  host: RecorderHost,
  draw: () => void,
): Capture {
  const mimeType = MIME_TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  if (mimeType === undefined) throw new Error('this browser cannot record H.264');

  // Frames are taken when they have been drawn, not when the browser thinks the canvas has changed.
  const [picture] = canvas.captureStream(0).getVideoTracks();
  if (!(picture instanceof CanvasCaptureMediaStreamTrack)) throw new Error('no picture track');
  const frame = (): void => {
    draw();
    picture.requestFrame();
  };

  const recorder = new MediaRecorder(new MediaStream([picture]), {
    mimeType,
    videoBitsPerSecond: options.videoBitsPerSecond,
    // In Chromium; not in TypeScript's library yet. Players seek to key frames.
    ...({ videoKeyFrameIntervalDuration: KEY_FRAME_EVERY_MS } as object),
  });
  let handedOver = Promise.resolve();
  recorder.ondataavailable = ({ data }) => {
    if (data.size === 0) return;
    handedOver = handedOver
      .then(async () => host.palabreChunk(await base64Of(data)))
      .catch(async (error: unknown) =>
        host.palabreRecorderError(error instanceof Error ? error.name : 'chunk_refused'),
      );
  };
  recorder.onerror = () => void host.palabreRecorderError('recorder_error');

  recorder.start(options.chunkMs);
  // The first frame asked for is time zero of the file, and every later one keeps its distance to a millisecond or two (measured).
  const startedMs = wallClockMs();
  frame();
  const drawing = setInterval(frame, 1000 / options.framesPerSecond);

  return {
    startedMs,
    stop: async () => {
      const stopped = new Promise<void>((resolve) => {
        recorder.onstop = () => resolve();
      });
      const stoppedMs = wallClockMs();
      recorder.stop();
      await stopped;
      clearInterval(drawing);
      await handedOver;
      return { stoppedMs };
    },
  };
}
