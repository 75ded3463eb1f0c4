/** Mixes everybody's sound into one track. */
export interface Mixer {
  readonly track: MediaStreamTrack;
  add(id: string, track: MediaStreamTrack): void;
  remove(id: string): void;
}

export async function createMixer(): Promise<Mixer> {
  const context = new AudioContext({ sampleRate: 48_000, latencyHint: 'interactive' });
  await context.resume();
  const destination = context.createMediaStreamDestination();
  // Several voices at once may add up beyond full scale.
  const limiter = new DynamicsCompressorNode(context, {
    threshold: -3,
    knee: 0,
    ratio: 20,
    attack: 0.002,
    release: 0.1,
  });
  limiter.connect(destination);
  // Keeps the track running while nobody is connected: a recorder fed with nothing stalls.
  const silence = new ConstantSourceNode(context, { offset: 0 });
  silence.connect(destination);
  silence.start();

  const sources = new Map<string, { readonly node: MediaStreamAudioSourceNode; readonly element: HTMLAudioElement }>();
  const track = destination.stream.getAudioTracks()[0];
  if (track === undefined) throw new Error('no audio track');

  const remove = (id: string): void => {
    const source = sources.get(id);
    sources.delete(id);
    source?.node.disconnect();
    if (source !== undefined) source.element.srcObject = null;
  };

  return {
    track,
    add: (id, remote) => {
      remove(id);
      const stream = new MediaStream([remote]);
      // Chromium pulls sound from a remote track only while an element plays it; muted, as the mix is what is recorded.
      const element = new Audio();
      element.muted = true;
      element.srcObject = stream;
      void element.play().catch(() => undefined);
      const node = context.createMediaStreamSource(stream);
      node.connect(limiter);
      sources.set(id, { node, element });
    },
    remove,
  };
}
