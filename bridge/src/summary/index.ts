/** Minutes of a meeting: by a language model, or sentences chosen from the transcript. */
export { extractContent, minutesContent, type MinutesContent, type Talk } from './content.ts';
export { createLanguageModel, type LanguageModel, type LanguageModelEndpoint } from './language-model.ts';
export { majorityLanguage, type SourceLine } from './source.ts';
