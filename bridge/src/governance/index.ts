export { auditOf, createAudit, createAuditWriter } from './audit.ts';
export type { Audit, AuditAction, AuditedAction, AuditEntry, AuditMeans } from './audit.ts';
export type { Deletable, Deleted } from './deletion.ts';
export { governanceMigrations } from './migrations.ts';
export { createRetention } from './retention.ts';
export type { Artefacts, Retention } from './retention.ts';
