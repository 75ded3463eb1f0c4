/** Minutes of a meeting. */
export { extractOf } from './minutes.ts';
