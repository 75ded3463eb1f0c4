export {
  ConfigError,
  configSchema,
  derive,
  loadConfig,
  parseConfig,
  policyServersSchema,
  transportPlacesSchema,
} from './config.ts';
export type { ClassRules, Config, Derived, PolicyConfig } from './config.ts';
export { createHealthRoutes } from './health.ts';
export type { ReadinessCheck } from './health.ts';
export { answerErrors, bearerToken, cors, jsonBody, toPalabreError, unknownPath } from './http.ts';
export { createHashForLog, createLog } from './log.ts';
export type { HashForLog, Log } from './log.ts';
export { createMetrics } from './metrics.ts';
export type { Metrics } from './metrics.ts';
export { sameSecret } from './secret.ts';
