import { evictions } from './evictions.ts';
import { numberOption, onGround, percentile, report } from './harness.ts';

/** Kick accepted by Synapse → the last packet that the kicked page received and that others received from it. */
const COUNT = numberOption('n', 20);

await onGround(async ({ stack, cast }) => {
  const watched = await evictions(cast, { stack, count: COUNT, label: 'watcher' });
  const hinted = await evictions(cast, { stack, watcher: false, count: Math.ceil(COUNT / 2), label: 'hint' });
  const hints = hinted.map((eviction) => eviction.lastPacketMs);
  const all = [...watched, ...hinted];
  report({
    bench: 'evict',
    unit: 'ms',
    samples: watched.map((eviction) => eviction.lastPacketMs),
    more: {
      hint_p50: Math.round(percentile(hints, 0.5)),
      hint_p95: Math.round(percentile(hints, 0.95)),
      hint_n: hints.length,
      refused_share: all.filter((eviction) => eviction.refused).length / all.length,
    },
  });
});
