export { audit, AUDIT_HELP } from './audit.ts';
export { consent, CONSENT_HELP } from './consent.ts';
export { Misuse } from './misuse.ts';
export { policy, POLICY_HELP } from './policy.ts';
export { results, RESULTS_HELP } from './results.ts';
