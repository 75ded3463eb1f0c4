import { afterEach, expect, test } from '@jest/globals';
import { followChimes } from './chime.ts';
import { createStore } from './store/index.ts';
import { callSlice, consentSlice, localSlice } from './store/slices.ts';

/** A store of which every chime is written down. */
function listen() {
  const store = createStore();
  const { call, consent } = store.getState();
  const heard: string[] = [];
  followChimes(store, ([first = 0, second = 0]) => {
    heard.push(first < second ? 'begins' : 'ends');
    return Promise.resolve();
  });
  return { store, call, consent, heard };
}

test('a sound where something begins to be kept and where it ends, and none of one’s own coming and going', () => {
  const { store, call, consent, heard } = listen();
  const phase = (to: typeof call.phase): unknown =>
    store.dispatch(callSlice.actions.callChanged({ ...call, phase: to }));
  const keep = (level: typeof consent.level, ...working: typeof consent.working): unknown =>
    store.dispatch(consentSlice.actions.consentChanged({ ...consent, level, working }));
  keep('announce', 'recording');
  expect(heard).toEqual([]);
  keep('announce');
  phase('joined');
  keep('announce', 'recording');
  keep('announce', 'recording', 'transcription');
  keep('announce', 'transcription');
  expect(heard).toEqual(['begins', 'begins', 'ends']);
  phase('ended');
  keep('off');
  phase('joined');
  keep('off', 'recording');
  expect(heard).toHaveLength(3);
});

test('a pause ends it for now, and going on begins it again', () => {
  const { store, call, consent, heard } = listen();
  store.dispatch(callSlice.actions.callChanged({ ...call, phase: 'joined' }));
  const recorded = { ...consent, level: 'announce', working: ['recording'] } as const;
  for (const paused of [[], ['recording'], []] as const)
    store.dispatch(consentSlice.actions.consentChanged({ ...recorded, paused }));
  expect(heard).toEqual(['begins', 'ends', 'begins']);
});

const BROWSERS_OWN = Object.getOwnPropertyDescriptor(globalThis, 'AudioContext');
afterEach(() => {
  if (BROWSERS_OWN === undefined) Reflect.deleteProperty(globalThis, 'AudioContext');
  else Object.defineProperty(globalThis, 'AudioContext', BROWSERS_OWN);
});

test('two notes one after the other, up at the start and down at the end, at the chosen speaker', async () => {
  const heard: { hz: number; fromS: number; untilS: number; speaker: string }[] = [];
  /** What the loudness is set to, and when. */
  const loudness: { to: number; atS: number }[] = [];
  let closed = (): void => undefined;

  class Speaker {
    sink = 'usual';
  }
  class Gain {
    to: unknown;
    readonly gain = { setTargetAtTime: (to: number, atS: number) => void loudness.push({ to, atS }) };
    connect(to: unknown): void {
      this.to = to;
    }
  }
  class Oscillator extends EventTarget {
    readonly frequency = { value: 440 };
    #to: unknown;
    #fromS = NaN;
    connect(to: unknown): void {
      this.#to = to;
    }
    start(fromS: number): void {
      this.#fromS = fromS;
    }
    stop(untilS: number): void {
      // What is connected to nothing is not heard.
      if (this.#to instanceof Gain && this.#to.to instanceof Speaker)
        heard.push({ hz: this.frequency.value, fromS: this.#fromS, untilS, speaker: this.#to.to.sink });
      setTimeout(() => this.dispatchEvent(new Event('ended')));
    }
  }
  class Context {
    readonly currentTime = 10;
    readonly destination = new Speaker();
    readonly createGain = (): Gain => new Gain();
    readonly createOscillator = (): Oscillator => new Oscillator();
    readonly resume = (): Promise<void> => Promise.resolve();
    setSinkId(sink: string): Promise<void> {
      this.destination.sink = sink;
      return Promise.resolve();
    }
    close(): Promise<void> {
      closed();
      return Promise.resolve();
    }
  }
  Object.defineProperty(globalThis, 'AudioContext', { configurable: true, value: Context });

  const store = createStore();
  const { call, consent, local } = store.getState();
  store.dispatch(localSlice.actions.localChanged({ ...local, chosen: { ...local.chosen, audiooutput: 'headset' } }));
  followChimes(store);
  store.dispatch(callSlice.actions.callChanged({ ...call, phase: 'joined' }));
  const played = async (...working: typeof consent.working): Promise<typeof heard> => {
    const over = new Promise<void>((resolve) => (closed = resolve));
    store.dispatch(consentSlice.actions.consentChanged({ ...consent, level: 'ask', working }));
    await over;
    return heard.splice(0);
  };
  const begins = await played('recording');
  expect(begins.map(({ hz, speaker }) => [hz, speaker])).toEqual([
    [523, 'headset'],
    [784, 'headset'],
  ]);
  const [first, second] = begins;
  expect(first?.fromS).toBeGreaterThanOrEqual(10);
  expect(second?.fromS).toBe(first?.untilS);
  for (const { fromS, untilS } of begins) {
    expect(untilS).toBeGreaterThan(fromS);
    const during = loudness.filter(({ atS }) => atS >= fromS && atS < untilS).map(({ to }) => to);
    expect(Math.max(...during)).toBeGreaterThan(0);
    // The next one begins from silence.
    expect(during.at(-1)).toBe(0);
  }
  expect((await played()).map(({ hz }) => hz)).toEqual([784, 523]);
});
