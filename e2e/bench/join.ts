import { numberOption, onGround, percentile, report } from './harness.ts';
import { visitedCall, waits } from './visits.ts';

/** Second person: widget frame starts to load, no lobby → first remote video frame; and from the click in the lobby. */
const COUNT = numberOption('n', 20);

await onGround(async ({ stack, cast }) => {
  const direct = await visitedCall(stack, cast, { lobby: false });
  const { ours = [], theirs = [] } = await waits({ ours: direct.guest, theirs: await direct.elementCall() }, COUNT);
  const { clicks = [] } = await waits({ clicks: (await visitedCall(stack, cast, { lobby: true })).guest }, COUNT);
  report({
    bench: 'join',
    unit: 'ms',
    samples: ours,
    value: percentile(ours, 0.5),
    peers: { 'element-call': { samples: theirs, value: percentile(theirs, 0.5) } },
    more: {
      click_p50: Math.round(percentile(clicks, 0.5)),
      click_p95: Math.round(percentile(clicks, 0.95)),
      click_n: clicks.length,
    },
  });
});
