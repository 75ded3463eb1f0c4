/** Minutes of a meeting. */
export { extractOf, type SpokenSentence } from './minutes.ts';
