export {
  ConfigError,
  configSchema,
  encryptionAcrossSfusSchema,
  derive,
  loadConfig,
  parseConfig,
  policyServersSchema,
  portSchema,
  readConfig,
  transportPlacesSchema,
  urlSchema,
} from './config.ts';
export type { ClassRules, Config, PolicyConfig } from './config.ts';
export { createHealthRoutes } from './health.ts';
export {
  addressOf,
  answerErrors,
  bearerToken,
  cors,
  goneSignal,
  jsonBody,
  toPalabreError,
  unknownPath,
} from './http.ts';
export { insist, pauseAfter } from './insist.ts';
export { createLimit } from './limit.ts';
export type { Limit } from './limit.ts';
export { createLog } from './log.ts';
export type { Log } from './log.ts';
export { createMetrics } from './metrics.ts';
export type { Metrics } from './metrics.ts';
export { sameSecret } from './secret.ts';
export { speechSchema } from './speech-config.ts';
export type { SpeechConfig } from './speech-config.ts';
