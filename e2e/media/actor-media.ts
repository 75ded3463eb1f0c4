/** What an actor's camera shows and microphone says; different for every actor, so that one can tell who is seen and heard. */
export interface ActorMedia {
  readonly colour: readonly [number, number, number];
  readonly toneHz: number;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** Sound from the start on; otherwise silence until the test says something. */
  readonly toneAtStart: boolean;
}

export const SCREEN_COLOUR: readonly [number, number, number] = [200, 40, 200];

/** Far apart in hue and in pitch; no tone is a multiple of another. */
export const MEDIA = {
  alice: { colour: [210, 40, 40], toneHz: 440 },
  bob: { colour: [40, 60, 220], toneHz: 710 },
  carol: { colour: [30, 160, 60], toneHz: 1130 },
  dave: { colour: [210, 180, 20], toneHz: 1730 },
} as const;
export type ActorName = keyof typeof MEDIA;

/** 640 × 360 at 15 frames per second: enough to look at, cheap enough for several people on two cores. */
export function mediaOf(name: ActorName, options: Partial<ActorMedia> = {}): ActorMedia {
  return { ...MEDIA[name], width: 640, height: 360, framesPerSecond: 15, toneAtStart: true, ...options };
}

/** What the page's fake devices offer to the test, as `window.palabreDevices`. */
export interface FakeDevices {
  tone(on: boolean): void;
  /**
   * Plays an encoded sound (base64) into the microphone.
   * @returns the wall clock (ms) of its first sample, and its length
   */
  say(base64: string): Promise<{ startedMs: number; durationMs: number }>;
  /** A white frame and a beep at the same instant. @returns its wall clock (ms) */
  flashAndBeep(): Promise<number>;
  cameraOpened(): number;
  microphoneOpened(): number;
}
