declare global {
  interface Window {
    palabreProbes: Probes;
  }
}

export interface PacketCounts {
  readonly audioIn: number;
  readonly videoIn: number;
  readonly audioOut: number;
  readonly videoOut: number;
  readonly framesDecoded: number;
  /** Packets received, by the track they belong to. */
  readonly byTrack: Readonly<Record<string, number>>;
}

/** What a tile showed while it was watched. Times in ms. */
export interface TileWatch {
  readonly identity: string;
  readonly frames: number;
  /** Wall clock of the first decoded frame. */
  readonly firstFrameMs: number | undefined;
  /** Longest time without a new decoded frame, up to now. */
  readonly longestPauseMs: number;
  /** Longest time during which the tile was not in the page. */
  readonly longestAbsenceMs: number;
  /** Wall clock of the last look that found the tile. */
  readonly lastSeenMs: number;
}

export interface Probes {
  packets(): Promise<PacketCounts>;
  /** Loudest frequency in each sound that is really being played, loudest first. */
  tones(): readonly { readonly hz: number; readonly level: number }[];
  /** Starts looking at every tile of other people, from now on. */
  watchTiles(): void;
  tileReport(): readonly TileWatch[];
  /** Wall clock (ms) of the first decoded frame of a video with this colour, or undefined. */
  firstFrameMs(): number | undefined;
  connections(): number;
  peers(): readonly RTCPeerConnection[];
  /** Starts looking every 20 ms whether packets still come in. */
  followPackets(): void;
  /** Wall clock (ms) of the last look that found new packets. */
  lastPacketMs(): number;
}

/**
 * Init script: keeps hold of peer connections and of elements that play streams, so that a test can count packets, hear what
 * is played and see whether frames go on. Self-contained, as it runs in the page.
 */
export function installProbes(): void {
  const connections = new Set<RTCPeerConnection>();
  const players = new Set<HTMLMediaElement>();
  const listeners = new WeakMap<MediaStreamTrack, AnalyserNode>();
  let context: AudioContext | undefined;
  let firstFrame: number | undefined;
  let lastPacket = 0;
  let follower: ReturnType<typeof setInterval> | undefined;

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.add(this);
    }
  };

  const noteFirstFrame = (element: HTMLVideoElement, stream: MediaStream) => {
    const remote = stream
      .getVideoTracks()
      .some((track) =>
        [...connections].some((connection) => connection.getReceivers().some((receiver) => receiver.track === track)),
      );
    if (!remote) return;
    element.requestVideoFrameCallback(() => {
      firstFrame ??= Date.now();
    });
  };
  const native = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
  if (native === undefined) throw new Error('no srcObject in this browser');
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...native,
    get(this: HTMLMediaElement): unknown {
      return native.get?.call(this);
    },
    set(this: HTMLMediaElement, stream: unknown) {
      players.add(this);
      native.set?.call(this, stream);
      if (this instanceof HTMLVideoElement && stream instanceof MediaStream) noteFirstFrame(this, stream);
    },
  });

  const analyserOf = (track: MediaStreamTrack): AnalyserNode => {
    const known = listeners.get(track);
    if (known !== undefined) return known;
    context ??= new AudioContext({ sampleRate: 48_000 });
    const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    listeners.set(track, analyser);
    return analyser;
  };

  const watched = new Map<
    string,
    { frames: number; firstFrame?: number; lastFrame: number; pause: number; lastSeen: number; absence: number }
  >();
  const followed = new WeakSet<HTMLVideoElement>();
  const look = () => {
    const now = performance.now();
    for (const tile of document.querySelectorAll<HTMLElement>('[data-testid=tile]')) {
      const identity = tile.dataset['userId'] ?? tile.dataset['identity'] ?? '';
      const entry = watched.get(identity) ?? { frames: 0, lastFrame: now, pause: 0, lastSeen: now, absence: 0 };
      watched.set(identity, entry);
      entry.absence = Math.max(entry.absence, now - entry.lastSeen);
      entry.lastSeen = now;
      const video = tile.querySelector('video');
      if (video === null || followed.has(video)) continue;
      followed.add(video);
      const onFrame = () => {
        const at = performance.now();
        entry.frames += 1;
        entry.firstFrame ??= Date.now();
        entry.pause = Math.max(entry.pause, at - entry.lastFrame);
        entry.lastFrame = at;
        video.requestVideoFrameCallback(onFrame);
      };
      video.requestVideoFrameCallback(onFrame);
    }
  };

  window.palabreProbes = {
    packets: async () => {
      const counts = { audioIn: 0, videoIn: 0, audioOut: 0, videoOut: 0, framesDecoded: 0 };
      const byTrack: Record<string, number> = {};
      for (const connection of connections) {
        if (connection.connectionState === 'closed') continue;
        const report = await connection.getStats();
        // lib.dom leaves the entries of a stats report untyped.
        report.forEach(
          (entry: { type: string; kind?: string } & Partial<RTCInboundRtpStreamStats & RTCOutboundRtpStreamStats>) => {
            if (entry.type === 'inbound-rtp') {
              const received = entry.packetsReceived ?? 0;
              counts[entry.kind === 'audio' ? 'audioIn' : 'videoIn'] += received;
              counts.framesDecoded += entry.framesDecoded ?? 0;
              const track = entry.trackIdentifier ?? '';
              byTrack[track] = (byTrack[track] ?? 0) + received;
            } else if (entry.type === 'outbound-rtp') {
              counts[entry.kind === 'audio' ? 'audioOut' : 'videoOut'] += entry.packetsSent ?? 0;
            }
          },
        );
      }
      return { ...counts, byTrack };
    },
    tones: () => {
      const heard: { hz: number; level: number }[] = [];
      for (const player of players) {
        const stream = player.srcObject;
        if (!(stream instanceof MediaStream) || player.paused || player.muted || player.volume === 0) continue;
        for (const track of stream.getAudioTracks()) {
          if (track.readyState !== 'live' || !track.enabled) continue;
          const analyser = analyserOf(track);
          const bins = new Float32Array(analyser.frequencyBinCount);
          analyser.getFloatFrequencyData(bins);
          let best = 0;
          for (let index = 1; index < bins.length; index += 1)
            if ((bins[index] ?? -999) > (bins[best] ?? -999)) best = index;
          heard.push({ hz: (best * analyser.context.sampleRate) / analyser.fftSize, level: bins[best] ?? -999 });
        }
      }
      return heard.sort((left, right) => right.level - left.level);
    },
    watchTiles: () => {
      watched.clear();
      look();
      setInterval(look, 50);
    },
    tileReport: () => {
      const now = performance.now();
      return [...watched].map(([identity, entry]) => ({
        identity,
        frames: entry.frames,
        firstFrameMs: entry.firstFrame,
        longestPauseMs: Math.max(entry.pause, now - entry.lastFrame),
        longestAbsenceMs: Math.max(entry.absence, now - entry.lastSeen),
        lastSeenMs: performance.timeOrigin + entry.lastSeen,
      }));
    },
    followPackets: () => {
      clearInterval(follower);
      let known = -1;
      lastPacket = Date.now();
      follower = setInterval(() => {
        void window.palabreProbes.packets().then(({ audioIn, videoIn }) => {
          if (audioIn + videoIn > known) lastPacket = Date.now();
          known = audioIn + videoIn;
        });
      }, 20);
    },
    lastPacketMs: () => lastPacket,
    firstFrameMs: () => firstFrame,
    peers: () => [...connections],
    connections: () => [...connections].filter((connection) => connection.connectionState === 'connected').length,
  };
}
