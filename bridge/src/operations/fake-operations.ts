import { createLog } from './log.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';

/** A log whose lines can be read, and metrics without the process' own; for tests. */
export function createFakeOperations(): { log: Log; metrics: Metrics; lines: string[] } {
  const lines: string[] = [];
  const log = createLog('trace', 'a secret of the tests', { write: (line) => void lines.push(line) });
  return { log, metrics: createMetrics({ process: false }), lines };
}
