import * as z from 'zod';
import {
  SpeechRejected,
  SpeechUnavailable,
  type EngineEndpoint,
  type SpeechEngine,
  type SpeechRequest,
  type SpokenText,
  type SpokenTurn,
} from './engine.ts';
import { createOpenAiHttp } from './openai-http.ts';
import { pieceSchema, wordsOf } from './pieces.ts';
import { languageCode, lastsMs, plausibleText, plausibleWords, type RawWord } from './plausible.ts';
import { createVoiceMemory, type LabelledSpan, type Lead, type VoiceMemory } from './voices.ts';

/** OpenAI's `diarized_json`; WhisperX servers add words and leave out speakers that they cannot tell. */
const answerSchema = z.object({
  language: z.string().nullish(),
  segments: z.array(
    z.object({
      start: z.number(),
      end: z.number(),
      text: z.string(),
      speaker: z.string().max(64).nullish(),
      words: z.array(pieceSchema).nullish(),
    }),
  ),
});
type Answer = z.infer<typeof answerSchema>;

const TOLERANCE_MS = 1_000;
/** Nobody takes turns faster; there may be one for each word. */
const MOST_SEGMENTS_PER_SECOND = 20;
/** What an endpoint calls a voice that it cannot tell. */
const NOBODY = '';

function withLead(lead: Lead, pcm: Int16Array): Int16Array {
  const whole = new Int16Array(lead.pcm.length + pcm.length);
  whole.set(lead.pcm);
  whole.set(pcm, lead.pcm.length);
  return whole;
}

function shifted(words: readonly RawWord[], leadMs: number): RawWord[] {
  const shift = leadMs / 1000;
  return words.map(({ word, start, end }) => ({ word, start: start - shift, end: end - shift }));
}

function turnsOf(answer: Answer, request: SpeechRequest, lead: Lead, voices: VoiceMemory): SpokenTurn[] {
  const spokenMs = lastsMs(request);
  if (answer.segments.length > (MOST_SEGMENTS_PER_SECOND * (lead.lastsMs + spokenMs)) / 1000) {
    throw new SpeechRejected('the engine heard more segments than can be said in that time');
  }
  const spans = answer.segments.map(({ start, end, speaker }): LabelledSpan => ({
    label: speaker ?? NOBODY,
    startMs: start * 1000,
    endMs: end * 1000,
  }));
  const longestMs = lead.lastsMs + spokenMs + TOLERANCE_MS;
  if (spans.some(({ startMs, endMs }) => startMs < -TOLERANCE_MS || endMs > longestMs || startMs > endMs)) {
    throw new SpeechRejected('the engine heard somebody outside the sound it was given');
  }
  const named = spans.filter(({ label }) => label !== NOBODY);
  const voiceOf = voices.tell(request.track, lead, named, request.pcm);
  const turns: SpokenTurn[] = [];
  for (const [index, span] of spans.entries()) {
    const segment = answer.segments[index];
    if (segment === undefined || (span.startMs + span.endMs) / 2 < lead.lastsMs) continue;
    const within = (ms: number): number => Math.round(Math.min(spokenMs, Math.max(0, ms - lead.lastsMs)));
    const turn = {
      voice: voiceOf.get(span.label),
      startMs: within(span.startMs),
      endMs: within(span.endMs),
      text: plausibleText(segment.text, span.endMs - span.startMs),
      words: plausibleWords(shifted(wordsOf(segment.words ?? []), lead.lastsMs), spokenMs),
    };
    const last = turns.at(-1);
    if (turn.text === '') continue;
    if (last === undefined || last.voice !== turn.voice) turns.push(turn);
    else {
      const whole = last.words.length > 0 && turn.words.length > 0;
      turns[turns.length - 1] = {
        ...last,
        endMs: Math.max(last.endMs, turn.endMs),
        text: `${last.text} ${turn.text}`,
        words: whole ? [...last.words, ...turn.words] : [],
      };
    }
  }
  return turns;
}

/**
 * An endpoint that tells the voices on one track apart (`response_format=diarized_json`, as of OpenAI and WhisperX servers).
 * Utterances of one track are asked about one after the other: each may bring a voice that the next must be told of.
 */
export function createDiarizedEngine(endpoint: EngineEndpoint): SpeechEngine {
  const http = createOpenAiHttp(endpoint);
  const voices = createVoiceMemory();
  const inTurn = new Map<string, Promise<unknown>>();

  const hear = async (request: SpeechRequest, signal: AbortSignal): Promise<SpokenText> => {
    if (signal.aborted) throw new SpeechUnavailable('the speech endpoint is slower than people speak');
    const lead = voices.lead(request.track, request.sampleRate);
    const body = await http.transcribe(
      { ...request, pcm: withLead(lead, request.pcm) },
      [
        ['response_format', 'diarized_json'],
        ['chunking_strategy', 'auto'],
      ],
      signal,
    );
    const parsed = answerSchema.safeParse(body);
    if (!parsed.success) throw new SpeechUnavailable('the speech endpoint gave an answer of another shape');
    const turns = turnsOf(parsed.data, request, lead, voices);
    return {
      // Each segment may be a little longer than its time allows; all of them together may not.
      text: plausibleText(turns.map(({ text }) => text).join(' '), lastsMs(request)),
      language: languageCode(parsed.data.language) ?? request.language,
      words: turns.every(({ words }) => words.length > 0) ? turns.flatMap(({ words }) => words) : [],
      turns,
    };
  };

  return {
    model: endpoint.model,
    languages: endpoint.languages,
    capabilities: {
      wordTimes: true,
      languageDetection: true,
      diarization: true,
      streaming: false,
      // Each answer costs the samples of all voices again.
      interim: false,
    },
    transcribe: (request, signal) => {
      const { track } = request;
      const mine = (inTurn.get(track) ?? Promise.resolve()).then(() => hear(request, signal));
      const settled = mine.catch(() => undefined);
      inTurn.set(track, settled);
      void settled.then(() => {
        if (inTurn.get(track) === settled) inTurn.delete(track);
      });
      return mine;
    },
    isHealthy: (signal) => http.isHealthy(signal),
    describe: (signal) => http.describe(signal),
    forget: (prefix) => voices.forget(prefix),
    close: () => undefined,
  };
}
