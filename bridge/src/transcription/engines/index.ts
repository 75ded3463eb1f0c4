/** Speech engines of several kinds behind one interface, and the order in which they stand in for each other. */
import type { SpeechConfig } from '../../operations/index.ts';
import { createSpeechChain, type ConfiguredEngine, type SpeechChain } from './chain.ts';
import { createDiarizedEngine } from './diarized.ts';
import { createKyutaiEngine } from './kyutai.ts';
import { createOpenAiEngine } from './openai.ts';

export { SpeechUnsuited, type ChainRequest, type Recognised, type SpeechChain } from './chain.ts';
export { SpeechRejected, SpeechUnavailable, type SpokenText, type SpokenWord } from './engine.ts';

const KINDS = { openai: createOpenAiEngine, diarized: createDiarizedEngine, kyutai: createKyutaiEngine };

/** @param speech as configured, in the order of fallbacks */
export function createEngines(
  speech: SpeechConfig,
  now: () => number,
  onChange: (position: number, works: boolean) => void,
): SpeechChain {
  const engines = speech.map((one): ConfiguredEngine => ({
    engine: KINDS[one.kind](one),
    address: one.baseUrl,
    operator: one.operator,
    place: one.place,
    version: one.modelVersion,
    sha256: one.modelSha256,
    lastResort: one.lastResort,
    captions: one.captions,
  }));
  return createSpeechChain(engines, now, onChange);
}
