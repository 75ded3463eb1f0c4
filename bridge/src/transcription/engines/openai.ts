import * as z from 'zod';
import { SpeechUnavailable, type EngineEndpoint, type SpeechEngine } from './engine.ts';
import { createOpenAiHttp } from './openai-http.ts';
import { pieceSchema, wordsOf } from './pieces.ts';
import { languageCode, lastsMs, plausibleText, plausibleWords } from './plausible.ts';

const answerSchema = z.object({
  text: z.string(),
  language: z.string().nullish(),
  words: z.array(pieceSchema).nullish(),
  // whisper.cpp and servers around WhisperX put words here only.
  segments: z.array(z.object({ words: z.array(pieceSchema).nullish() })).nullish(),
});

/**
 * Any endpoint in the shape of OpenAI's `POST /v1/audio/transcriptions` with `verbose_json`: the embedded Whisper server,
 * faster-whisper, vLLM and others.
 */
export function createOpenAiEngine(endpoint: EngineEndpoint): SpeechEngine {
  const http = createOpenAiHttp(endpoint);
  const { model, languages } = endpoint;
  // Asked about a single language there is nothing to find out.
  const only = languages?.length === 1 ? languages[0] : undefined;
  return {
    model,
    languages,
    capabilities: {
      wordTimes: true,
      languageDetection: only === undefined,
      diarization: false,
      streaming: false,
      interim: true,
    },
    transcribe: async (request, signal) => {
      const body = await http.transcribe(
        { ...request, language: request.language ?? only },
        [
          ['response_format', 'verbose_json'],
          ...(request.words ? [['timestamp_granularities[]', 'word'] as const] : []),
        ],
        signal,
      );
      const parsed = answerSchema.safeParse(body);
      if (!parsed.success) throw new SpeechUnavailable('the speech endpoint gave an answer of another shape');
      const { text, language, words, segments } = parsed.data;
      const pieces = words ?? (segments ?? []).flatMap((segment) => segment.words ?? []);
      const spoken = plausibleText(text, lastsMs(request));
      return {
        text: spoken,
        language: languageCode(language) ?? request.language ?? only,
        words: request.words && spoken !== '' ? plausibleWords(wordsOf(pieces), lastsMs(request)) : [],
      };
    },
    isHealthy: (signal) => http.isHealthy(signal),
    describe: (signal) => http.describe(signal),
    forget: () => undefined,
    close: () => undefined,
  };
}
