/**
 * Which voice is whose, on tracks that several people share. A diarizing engine names voices anew in each answer; so a few seconds
 * of every known voice are put in front of what it is asked about, and what it calls them there is what it calls them afterwards.
 * Pure; the samples stay in memory and go with the track.
 */
export interface VoiceMemory {
  /** What goes in front of the next utterance of this track. */
  lead(track: string, sampleRate: number): Lead;
  /**
   * @param segments of the answer, told from the start of the lead
   * @param pcm what followed the lead
   * @returns for each label its voice, counted from 1; none where it cannot be told
   */
  tell(track: string, lead: Lead, segments: readonly LabelledSpan[], pcm: Int16Array): ReadonlyMap<string, number>;
  forget(prefix: string): void;
}

export interface Lead {
  readonly pcm: Int16Array;
  readonly lastsMs: number;
  readonly sampleRate: number;
  readonly voices: readonly { readonly voice: number; readonly startMs: number; readonly endMs: number }[];
}

export interface LabelledSpan {
  readonly label: string;
  readonly startMs: number;
  readonly endMs: number;
}

const MOST_VOICES = 4;
/** Less of a voice tells nobody apart. */
const SHORTEST_SAMPLE_MS = 1_500;
const LONGEST_SAMPLE_MS = 4_000;
const SILENCE_MS = 500;
/** So much of a voice's sample must carry one label for it to be that voice's. */
const SURE_SHARE = 0.5;

function overlapMs(a: { readonly startMs: number; readonly endMs: number }, b: typeof a): number {
  return Math.max(0, Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs));
}

/** Which label the known voices got: each voice one, the surest first. */
function recognised(lead: Lead, segments: readonly LabelledSpan[]): Map<string, number> {
  const claims = lead.voices.flatMap((known) => {
    const shares = new Map<string, number>();
    for (const segment of segments) {
      shares.set(segment.label, (shares.get(segment.label) ?? 0) + overlapMs(known, segment));
    }
    return [...shares].map(([label, ms]) => ({
      label,
      voice: known.voice,
      share: ms / (known.endMs - known.startMs),
    }));
  });
  const found = new Map<string, number>();
  for (const { label, voice, share } of claims.sort((a, b) => b.share - a.share)) {
    if (share >= SURE_SHARE && !found.has(label) && ![...found.values()].includes(voice)) found.set(label, voice);
  }
  return found;
}

export function createVoiceMemory(): VoiceMemory {
  const samples = new Map<string, Int16Array[]>();

  return {
    lead: (track, sampleRate) => {
      const known = samples.get(track) ?? [];
      const silence = (SILENCE_MS / 1000) * sampleRate;
      const pcm = new Int16Array(known.reduce((sum, sample) => sum + sample.length + silence, 0));
      const ms = (length: number): number => (length / sampleRate) * 1000;
      let at = 0;
      const voices = known.map((sample, index) => {
        pcm.set(sample, at);
        const span = { voice: index + 1, startMs: ms(at), endMs: ms(at + sample.length) };
        at += sample.length + silence;
        return span;
      });
      return { pcm, lastsMs: ms(pcm.length), sampleRate, voices };
    },
    tell: (track, lead, segments, pcm) => {
      const found = recognised(lead, segments);
      const known = samples.get(track) ?? [];
      const spoken = segments.filter(({ startMs, endMs }) => (startMs + endMs) / 2 >= lead.lastsMs);
      for (const label of new Set(spoken.map((segment) => segment.label))) {
        if (found.has(label) || known.length >= MOST_VOICES) continue;
        const longest = spoken
          .filter((segment) => segment.label === label)
          .reduce((best, next) => (next.endMs - next.startMs > best.endMs - best.startMs ? next : best));
        const startMs = Math.max(0, longest.startMs - lead.lastsMs);
        const endMs = Math.min(longest.endMs - lead.lastsMs, startMs + LONGEST_SAMPLE_MS);
        if (endMs - startMs < SHORTEST_SAMPLE_MS) continue;
        const at = (time: number): number => Math.round((time / 1000) * lead.sampleRate);
        known.push(pcm.slice(at(startMs), at(endMs)));
        found.set(label, known.length);
      }
      samples.set(track, known);
      return found;
    },
    forget: (prefix) => {
      for (const track of samples.keys()) if (track.startsWith(prefix)) samples.delete(track);
    },
  };
}
