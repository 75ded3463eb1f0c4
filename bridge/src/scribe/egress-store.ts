import type { Kysely } from 'kysely';
import type { ScribeTables } from './tables.ts';

/** What Egress was asked to record: written down before it is asked, so that no file of it is ever forgotten. */
export interface EgressStore {
  /** @param id of the segment that it is to become */
  addEgress(id: string, jobId: string): Promise<void>;
  egressOf(jobId: string): Promise<string[]>;
  /** Of recordings that are over: their files may still come, or never. */
  lostEgress(): Promise<{ readonly id: string; readonly runId: string }[]>;
  /** Its file is gone. */
  deleteEgress(id: string): Promise<void>;
}

export function createEgressStore(db: Kysely<ScribeTables>): EgressStore {
  return {
    addEgress: async (id, jobId) => {
      await db.insertInto('scribe_egress').values({ id, job_id: jobId }).execute();
    },
    egressOf: async (jobId) => {
      const rows = await db.selectFrom('scribe_egress').select('id').where('job_id', '=', jobId).execute();
      return rows.map(({ id }) => id);
    },
    lostEgress: () =>
      db
        .selectFrom('scribe_egress')
        .innerJoin('scribe_job', 'scribe_job.id', 'scribe_egress.job_id')
        .select(['scribe_egress.id', 'scribe_job.run_id as runId'])
        .where('scribe_job.state', '=', 'done')
        .execute(),
    deleteEgress: async (id) => {
      await db.deleteFrom('scribe_egress').where('id', '=', id).execute();
    },
  };
}
