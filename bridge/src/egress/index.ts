/** LiveKit Egress: records a room of the SFU as a whole into a file. */
export type { Egress, EgressState } from './egress.ts';
export { createEgressHints, type EgressHints } from './hints.ts';
export { createEgressFiles, createLivekitEgress, type EgressPlace } from './livekit-egress.ts';
