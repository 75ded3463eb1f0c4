import * as z from 'zod/mini';
import { serverOf } from '@palabre/protocol';
import { parseTransports, type Host, type LivekitTransport } from '../host/index.ts';
import type { Deployment } from './deployment.ts';

const DISCOVERY_TIMEOUT_MS = 5_000;
const answerSchema = z.object({ rtc_transports: z.array(z.unknown()) });
const wellKnownSchema = z.object({ 'org.matrix.msc4143.rtc_foci': z.array(z.unknown()) });

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS), credentials: 'omit' });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return await response.json();
}

/** Without the messenger's help: the homeserver's endpoint, where it needs no token, and its well-known file. */
async function fromTheWeb(baseUrl: string, userId: string): Promise<readonly LivekitTransport[]> {
  const server = serverOf(userId);
  const sources = [
    fetchJson(`${baseUrl}/_matrix/client/unstable/org.matrix.msc4143/rtc/transports`).then((json) => {
      const answer = answerSchema.safeParse(json);
      return answer.success ? parseTransports(answer.data.rtc_transports) : [];
    }),
    ...[`${baseUrl}/.well-known/matrix/client`, `https://${server ?? ''}/.well-known/matrix/client`].map((url) =>
      fetchJson(url).then((json) => {
        const answer = wellKnownSchema.safeParse(json);
        return answer.success ? parseTransports(answer.data['org.matrix.msc4143.rtc_foci']) : [];
      }),
    ),
  ];
  for (const found of await Promise.allSettled(sources))
    if (found.status === 'fulfilled' && found.value.length > 0) return found.value;
  return [];
}

/**
 * The SFUs we may publish on, best first: what our own homeserver offers, asked through the messenger (MSC4515), else from the
 * web; for a homeserver without one, what this page's deployment names.
 * @returns an empty list when there is none
 */
export async function discoverTransports(
  host: Host,
  deployment: Promise<Deployment>,
): Promise<readonly LivekitTransport[]> {
  const offered = await host.transports().catch(() => []);
  if (offered.length > 0) return offered;
  const found = await fromTheWeb(host.parameters.baseUrl, host.parameters.userId);
  return found.length > 0 ? found : (await deployment).transports;
}
