import { numberOption, onGround, percentile, progress, report } from './harness.ts';
import { visitedCall } from './visits.ts';
import type { Visitor } from './visits.ts';

/** Second person: widget frame starts to load, no lobby → first remote video frame; and from the click in the lobby. */
const COUNT = numberOption('n', 20);

/** Each of the visitors comes as often, in turn. @returns what they waited, ms, in their order */
async function waits(visitors: Readonly<Record<string, Visitor>>): Promise<Record<string, number[]>> {
  const seen: Record<string, number[]> = Object.fromEntries(Object.keys(visitors).map((name) => [name, []]));
  // The first visit fills the browser's caches and is not counted: a person has them filled.
  for (let index = 0; index <= COUNT; index += 1) {
    for (const [name, visitor] of Object.entries(visitors)) {
      const { sinceClickMs, sinceNavigationMs } = await visitor.visit();
      const ms = sinceClickMs ?? sinceNavigationMs;
      progress(`${name} ${String(index)}/${String(COUNT)}: ${String(Math.round(ms))} ms`);
      if (index > 0) seen[name]?.push(ms);
    }
  }
  return seen;
}

await onGround(async ({ stack, cast }) => {
  const direct = await visitedCall(stack, cast, { lobby: false });
  const { ours = [], theirs = [] } = await waits({ ours: direct.guest, theirs: await direct.elementCall() });
  const { clicks = [] } = await waits({ clicks: (await visitedCall(stack, cast, { lobby: true })).guest });
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
