import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Everything the bridge counts. Labels are short fixed words, never ids.
 * @param options.process also memory, CPU and event loop of this process
 */
export function createMetrics(options: { process: boolean } = { process: true }) {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry, prefix: 'palabre_' });
  const registers = [registry];
  return {
    registry,
    grants: new Counter({
      name: 'palabre_grants_total',
      help: 'Token requests by door and answer (ok, or the error code)',
      labelNames: ['door', 'result'] as const,
      registers,
    }),
    grantSeconds: new Histogram({
      name: 'palabre_grant_seconds',
      help: 'Time to answer a token request',
      labelNames: ['door'] as const,
      buckets: SECONDS,
      registers,
    }),
    gate: new Counter({
      name: 'palabre_gate_connects_total',
      help: 'Attempts to reach the SFU through the gate, by result',
      labelNames: ['result'] as const,
      registers,
    }),
    gateSockets: new Gauge({
      name: 'palabre_gate_sockets',
      help: 'Signalling sockets open through the gate',
      registers,
    }),
    evictions: new Counter({
      name: 'palabre_evictions_total',
      help: 'Evictions by what triggered them',
      labelNames: ['trigger'] as const,
      registers,
    }),
    evictionSeconds: new Histogram({
      name: 'palabre_eviction_seconds',
      help: 'From the trigger until the SFU has removed everything that was there',
      buckets: SECONDS,
      registers,
    }),
    isJoinedSeconds: new Histogram({
      name: 'palabre_is_joined_seconds',
      help: 'Time of one membership question to the homeserver',
      buckets: SECONDS,
      registers,
    }),
    transactions: new Counter({
      name: 'palabre_transactions_total',
      help: 'Application service transactions by result',
      labelNames: ['result'] as const,
      registers,
    }),
    inboxWaiting: new Gauge({ name: 'palabre_inbox_waiting', help: 'Room events taken but not worked yet', registers }),
    inboxFailures: new Counter({
      name: 'palabre_inbox_failures_total',
      help: 'Room events whose handling failed and is tried again',
      registers,
    }),
    webhooks: new Counter({
      name: 'palabre_webhooks_total',
      help: 'Webhooks of the SFU by result',
      labelNames: ['result'] as const,
      registers,
    }),
    meetings: new Gauge({
      name: 'palabre_meetings_running',
      help: 'Meetings with at least one person in them',
      registers,
    }),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;
