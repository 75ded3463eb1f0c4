import type { Call } from '../call/index.ts';

/** A call that only writes down what was asked of it. */
export function createFakeCall(): { readonly call: Call; readonly asked: string[] } {
  const asked: string[] = [];
  const note =
    (name: string) =>
    (...values: unknown[]): Promise<void> => {
      asked.push([name, ...values.map((value) => JSON.stringify(value))].join(' '));
      return Promise.resolve();
    };
  const call: Call = {
    local: {
      state: () => {
        throw new Error('the state is in the store');
      },
      microphone: () => undefined,
      camera: () => undefined,
      setMicrophone: note('microphone'),
      setCamera: note('camera'),
      setScreen: note('screen'),
      choose: note('choose'),
      refreshDevices: note('refresh'),
      publishTo: note('publish'),
      suspend: () => undefined,
    },
    meeting: {
      state: () => {
        throw new Error('the state is in the store');
      },
      useMetadata: () => undefined,
      lobby: {
        decide: note('decide'),
        dismissFailure: () => asked.push('dismiss lobby'),
      },
      minutes: {
        obey: async (command) => {
          await note('minutes')(command);
          return true;
        },
        open: note('open minutes'),
      },
      useCaptionsElsewhere: () => undefined,
      askRights: note('rights'),
      command: note('command'),
      dismissFailure: (code) => asked.push(`dismiss ${code}`),
      close: () => undefined,
    },
    reactions: {
      state: () => {
        throw new Error('the state is in the store');
      },
      look: () => undefined,
      begin: () => undefined,
      toggleHand: note('hand'),
      lowerHand: note('lower'),
      react: note('react'),
      dismissFailure: () => asked.push('dismiss reaction'),
      end: () => undefined,
      close: () => undefined,
    },
    captions: {
      want: (wanted) => asked.push(`captions ${wanted}`),
      speak: (language) => asked.push(`speaks ${language ?? 'anything'}`),
    },
    consent: {
      answer: note('consent'),
      chooseLevel: note('level'),
      dismissFailure: () => asked.push('dismiss consent'),
    },
    results: {
      get host(): never {
        throw new Error('nobody reads results here');
      },
      bots: () => Promise.resolve(undefined),
      readingSession: () => Promise.reject(new Error('nobody reads recordings here')),
      earlier: () => Promise.reject(new Error('nobody looks for meetings here')),
    },
    join: note('join'),
    leave: note('leave'),
    retry: () => asked.push('retry'),
    unblockSound: note('sound'),
    track: () => undefined,
  };
  return { call, asked };
}
