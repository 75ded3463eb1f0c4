export { createRetention } from './retention.ts';
export type { Artefacts, Retention } from './retention.ts';
