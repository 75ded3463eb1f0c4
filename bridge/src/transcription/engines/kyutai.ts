import {
  SpeechUnavailable,
  type EngineEndpoint,
  type SpeechEngine,
  type SpeechRequest,
  type SpokenText,
} from './engine.ts';
import { KYUTAI_SAMPLE_RATE, openKyutaiConnection, type KyutaiConnection } from './kyutai-connection.ts';
import { lastsMs, plausibleText, plausibleWords, SILENCE } from './plausible.ts';
import { resampled, resampledLength } from './resample.ts';

/** Some models miss what is said in their first second. */
const LEAD_S = 1;
/** So long an interim text waits for what was just sent. */
const INTERIM_WAIT_MS = 400;
/** A stream that nobody went on with: its speaker's utterance was given up. */
const IDLE_MS = 15_000;
interface Stream {
  readonly connection: KyutaiConnection;
  readonly closing: AbortController;
  /** The utterance as far as it was sent. */
  heard: Int16Array;
  /** The same in samples at the engine's rate. */
  sent: number;
  idle: NodeJS.Timeout | undefined;
}

/**
 * A streaming engine behind a server in the shape of Kyutai's moshi-server. An utterance that is asked about again and again while it
 * is said goes over one connection, as it grows; any other has a connection of its own.
 */
export function createKyutaiEngine({ baseUrl, apiKey, model, languages }: EngineEndpoint): SpeechEngine {
  const url = `${baseUrl.replace(/^http/, 'ws')}/api/asr-streaming`;
  const streams = new Map<string, Stream>();

  const drop = (track: string, stream: Stream): void => {
    clearTimeout(stream.idle);
    stream.closing.abort();
    stream.connection.close();
    if (streams.get(track) === stream) streams.delete(track);
  };

  const open = async (closing: AbortController): Promise<Stream> => {
    const connection = await openKyutaiConnection(url, apiKey, closing.signal);
    connection.send(new Float32Array(LEAD_S * KYUTAI_SAMPLE_RATE));
    return { connection, closing, heard: new Int16Array(), sent: 0, idle: undefined };
  };

  /** The stream that has heard the beginning of this utterance and nothing else. */
  const streamOf = (request: SpeechRequest): Stream | undefined => {
    const stream = streams.get(request.track);
    if (stream === undefined) return undefined;
    const { heard, connection } = stream;
    // What is final may be shorter than what was heard so far: the rest becomes the next utterance.
    const known = heard.subarray(0, request.pcm.length);
    const goesOn =
      (known.length === heard.length || !request.interim) &&
      known.every((sample, index) => sample === request.pcm[index]);
    if (connection.isOpen() && goesOn) return stream;
    // What is final may come late: by then the stream may be that of the next utterance.
    if (request.interim || !connection.isOpen()) drop(request.track, stream);
    return undefined;
  };

  const feed = (stream: Stream, { pcm, sampleRate, interim }: SpeechRequest): void => {
    if (pcm.length <= stream.heard.length) return;
    const ratio = KYUTAI_SAMPLE_RATE / sampleRate;
    const until = interim ? resampledLength(pcm.length, ratio) : Math.round(pcm.length * ratio);
    stream.connection.send(resampled(pcm, ratio, stream.sent, until));
    stream.sent = Math.max(stream.sent, until);
    stream.heard = pcm;
  };

  const textOf = ({ connection }: Stream, request: SpeechRequest): SpokenText => {
    const spokenMs = lastsMs(request);
    // Text here is nothing but words: what lies outside the sound was not said in it.
    const words = connection
      .words()
      .map(({ word, start, end }) => ({ word, start: start - LEAD_S, end: end - LEAD_S }))
      .filter(({ start }) => start * 1000 > -500 && start * 1000 < spokenMs)
      .map(({ word, start, end }) => ({ word, start, end: Math.min(end, spokenMs / 1000) }));
    const text = plausibleText(words.map(({ word }) => word).join(' '), spokenMs);
    if (text === '') return SILENCE;
    return { text, language: request.language, words: request.words ? plausibleWords(words, spokenMs) : [] };
  };

  return {
    model,
    languages,
    capabilities: {
      wordTimes: true,
      languageDetection: false,
      diarization: false,
      streaming: true,
      interim: true,
    },
    transcribe: async (request, signal) => {
      const { track, interim, words } = request;
      // Words are wanted for a transcript, which asks once; captions ask as the utterance grows.
      const known = words ? undefined : streamOf(request);
      clearTimeout(known?.idle);
      const closing = known?.closing ?? new AbortController();
      const expire = (): void => closing.abort();
      signal.addEventListener('abort', expire, { once: true });
      try {
        const stream = known ?? (await open(closing));
        if (interim) streams.set(track, stream);
        feed(stream, request);
        if (interim) {
          await stream.connection.caughtUp(INTERIM_WAIT_MS);
          if (!stream.connection.isOpen()) throw new SpeechUnavailable('the streaming engine went away');
          stream.idle = setTimeout(() => drop(track, stream), IDLE_MS).unref();
          return textOf(stream, request);
        }
        // The next utterance begins while this one is finished, on a stream of its own.
        if (streams.get(track) === stream) streams.delete(track);
        await stream.connection.finish();
        const text = textOf(stream, request);
        drop(track, stream);
        return text;
      } catch (error) {
        closing.abort();
        throw error;
      } finally {
        signal.removeEventListener('abort', expire);
      }
    },
    isHealthy: async (signal) => {
      const response = await fetch(`${baseUrl}/api/build_info`, { redirect: 'error', signal });
      await response.body?.cancel();
      return response.ok;
    },
    // The server says how it was built, not which weights it holds.
    describe: () => Promise.resolve({}),
    forget: (prefix) => {
      for (const [track, stream] of streams) if (track.startsWith(prefix)) drop(track, stream);
    },
    close: () => {
      for (const [track, stream] of streams) drop(track, stream);
    },
  };
}
