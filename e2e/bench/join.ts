import { numberOption, onGround, percentile, progress, report } from './harness.ts';
import type { Ground } from './harness.ts';
import { visitedCall } from './visits.ts';
import type { Visit } from './visits.ts';

/** Second person: widget frame starts to load, no lobby → first remote video frame; and from the click in the lobby. */
const COUNT = numberOption('n', 20);

async function visits({ stack, cast }: Ground, lobby: boolean): Promise<readonly Visit[]> {
  const call = await visitedCall(stack, cast, { lobby });
  const seen: Visit[] = [];
  // The first visit fills the browser's caches and is not counted: a person has them filled.
  for (let index = 0; index <= COUNT; index += 1) {
    const visit = await call.visit();
    progress(
      `${lobby ? 'lobby' : 'no lobby'} ${String(index)}/${String(COUNT)}: ${String(Math.round(visit.sinceClickMs ?? visit.sinceNavigationMs))} ms`,
    );
    if (index > 0) seen.push(visit);
  }
  return seen;
}

await onGround(async (ground) => {
  const direct = await visits(ground, false);
  const clicks = (await visits(ground, true)).map((visit) => visit.sinceClickMs ?? NaN);
  report({
    bench: 'join',
    unit: 'ms',
    samples: direct.map((visit) => visit.sinceNavigationMs),
    value: percentile(
      direct.map((visit) => visit.sinceNavigationMs),
      0.5,
    ),
    more: {
      click_p50: Math.round(percentile(clicks, 0.5)),
      click_p95: Math.round(percentile(clicks, 0.95)),
      click_n: clicks.length,
    },
  });
});
