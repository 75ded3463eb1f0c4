import { doorRequests, openIdQuestions } from '../fixtures/borders.ts';
import { numberOption, onGround, percentile, report } from './harness.ts';
import { visitedCall, waits } from './visits.ts';

/** Somebody of another organisation, with an SFU of its own: click on Join in the lobby → first frame of somebody on ours. */
const COUNT = numberOption('n', 20);

await onGround(async ({ cast }) => {
  const { ministry, agency, borders } = await cast.federation();
  const { guest } = await visitedCall(ministry, cast, { lobby: true, guestHome: agency });
  const { clicks = [] } = await waits({ clicks: guest }, COUNT);
  const traffic = await borders.ministry.traffic();
  report({
    bench: 'federated-join',
    unit: 'ms',
    samples: clicks,
    value: percentile(clicks, 0.5),
    // By which way the guest came to the tokens of our SFU.
    more: { tokens_by_federation: doorRequests(traffic), tokens_by_openid: openIdQuestions(traffic) },
  });
});
