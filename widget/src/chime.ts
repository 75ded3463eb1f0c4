import { selectKeptNow, type Store } from './store/index.ts';

/** Two notes, up when something begins to be kept and down when it ends: heard by whoever looks elsewhere. */
const NOTES_HZ = { begins: [523, 784], ends: [784, 523] } as const;
const NOTE_S = 0.16;
const LOUDNESS = 0.12;

type AudioContextWithSink = AudioContext & { setSinkId?: (deviceId: string) => Promise<void> };

async function play(notes: readonly number[], speaker: string | undefined): Promise<void> {
  const context: AudioContextWithSink = new AudioContext();
  try {
    // Where it is not known (Safari, Firefox), the sound comes out where the browser puts it.
    if (speaker !== undefined) await context.setSinkId?.(speaker).catch(() => undefined);
    await context.resume();
    const loudness = context.createGain();
    loudness.connect(context.destination);
    const ended = notes.map((frequency, index) => {
      const note = context.createOscillator();
      const startS = context.currentTime + index * NOTE_S;
      note.frequency.value = frequency;
      note.connect(loudness);
      loudness.gain.setTargetAtTime(LOUDNESS, startS, 0.01);
      loudness.gain.setTargetAtTime(0, startS + NOTE_S * 0.6, 0.03);
      note.start(startS);
      note.stop(startS + NOTE_S);
      return new Promise((resolve) => note.addEventListener('ended', resolve, { once: true }));
    });
    await Promise.all(ended);
  } finally {
    await context.close();
  }
}

/**
 * What is to be heard when what is kept changes.
 * @param before how many purposes were being kept
 */
export function chimeFor(before: number, now: number): keyof typeof NOTES_HZ | undefined {
  if (now > before) return 'begins';
  return now < before ? 'ends' : undefined;
}

/** Follows what is kept of the meeting, where that is to be announced. */
export function followChimes(store: Store, sound = play): void {
  let before = 0;
  store.subscribe(() => {
    const state = store.getState();
    const { call, consent, local } = state;
    if (call.phase !== 'joined') {
      before = 0;
      return;
    }
    const now = consent.level === 'off' ? 0 : selectKeptNow(state).length;
    const chime = chimeFor(before, now);
    before = now;
    // Without sound it is still seen.
    if (chime !== undefined) sound(NOTES_HZ[chime], local.chosen.audiooutput).catch(() => undefined);
  });
}
