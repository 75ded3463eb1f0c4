import { evictions } from './evictions.ts';
import { numberOption, onGround, percentile, report } from './harness.ts';

/**
 * Somebody of another organisation is kicked: kick accepted by the kicker's homeserver → the last packet on either side. By
 * somebody of the call's server, and by a moderator of their own, whose kick must reach ours first.
 */
const COUNT = numberOption('n', 20);

await onGround(async ({ cast }) => {
  const { ministry, agency } = await cast.federation();
  const shared = { stack: ministry, home: agency };
  const byUs = await evictions(cast, { ...shared, by: 'host', count: COUNT, label: 'by our server' });
  const byThem = await evictions(cast, { ...shared, by: 'own', count: COUNT, label: 'by their own' });
  const theirs = byThem.map((eviction) => eviction.lastPacketMs);
  const all = [...byUs, ...byThem];
  report({
    bench: 'federated-evict',
    unit: 'ms',
    samples: byUs.map((eviction) => eviction.lastPacketMs),
    more: {
      own_server_p50: Math.round(percentile(theirs, 0.5)),
      own_server_p95: Math.round(percentile(theirs, 0.95)),
      own_server_n: theirs.length,
      refused_share: all.filter((eviction) => eviction.refused).length / all.length,
    },
  });
});
