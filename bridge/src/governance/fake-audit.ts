import { PalabreError } from '@palabre/protocol';
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
    fake.rows.push({ ...action, outcome, ...(code === undefined ? {} : { code }) });
    return Promise.resolve();
  };
  const fake: FakeAudit = {
    rows: [],
    away: false,
    during: async (action, work) => {
      await write(action, 'accepted');
      try {
        return await work();
      } catch (error) {
        const known = error instanceof PalabreError;
        await write(action, known ? 'refused' : 'failed', known ? error.code : 'M_UNKNOWN');
        throw error;
      }
    },
    refused: (action, code) => write(action, 'refused', code),
  };
  return fake;
}
