export { audit, AUDIT_HELP } from './audit.ts';
export { Misuse } from './misuse.ts';
export { policy, POLICY_HELP } from './policy.ts';
