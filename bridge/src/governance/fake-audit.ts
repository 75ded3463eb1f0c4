import { auditBy } from './audit.ts';
import type { Audit, AuditedAction, AuditOutcome } from './audit.ts';

/** An audit trail in memory, for tests of those who write one. */
export interface FakeAudit extends Audit {
  readonly rows: (AuditedAction & { readonly outcome: AuditOutcome; readonly code?: string })[];
  /** The database is away: nothing can be written. */
  away: boolean;
}

export function createFakeAudit(): FakeAudit {
  const write = (action: AuditedAction, outcome: AuditOutcome, code?: string): Promise<void> => {
    if (fake.away) return Promise.reject(new Error('the database is away'));
    const { key } = action;
    const isSame = (row: AuditedAction & { outcome: AuditOutcome }): boolean =>
      row.key === key && row.action === action.action && row.outcome === outcome;
    // As the database does.
    if (key !== undefined && fake.rows.some(isSame)) return Promise.resolve();
    fake.rows.push({ ...action, outcome, ...(code === undefined ? {} : { code }) });
    return Promise.resolve();
  };
  const fake: FakeAudit = {
    rows: [],
    away: false,
    ...auditBy(write),
  };
  return fake;
}
