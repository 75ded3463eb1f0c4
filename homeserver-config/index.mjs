/** Configuration of Synapse for Palabre, generated from values: the same for the embedded default and for servers. */
export { advertisedTransport, homeserver, homeserverLogging } from './homeserver.mjs';
export { openRateLimits, productionRateLimits } from './rate-limits.mjs';
export { exclusiveUsers, registration } from './registration.mjs';
