import { earlierMeetingsSchema, type EarlierByOpenId, type EarlierMeetings } from '@palabre/protocol';
import type { Host } from '../host/index.ts';
import { apiBaseOf, type Api } from './api.ts';

const TIMEOUT_MS = 10_000;

/** Meetings that our own bridge has posted about, page by page. @param beforeMs `next_before_ms` of the page before */
export type EarlierPages = (beforeMs: number | undefined) => Promise<EarlierMeetings>;

/** As whoever an OpenID token names. @throws when messenger or bridge refuse, or do not answer */
async function askByOpenId(host: Host, serviceUrl: string, beforeMs: number | undefined): Promise<EarlierMeetings> {
  const openid = await host.api.requestOpenIDConnectToken();
  const { access_token, matrix_server_name } = openid;
  if (access_token === undefined || matrix_server_name === undefined) throw new Error('The messenger says nothing');
  const body: EarlierByOpenId = {
    openid_token: { access_token, matrix_server_name },
    ...(beforeMs === undefined ? {} : { before_ms: beforeMs }),
  };
  const room = encodeURIComponent(host.parameters.roomId);
  const response = await fetch(`${apiBaseOf(serviceUrl)}/api/rooms/${room}/meetings`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    credentials: 'omit',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`Meetings: ${response.status}`);
  return earlierMeetingsSchema.parse(await response.json());
}

/**
 * With the session of the call; where the messenger gives none (Element Web), by the same token that opens the call there: the list
 * is all that the bridge gives for it.
 * @param serviceUrl of our own token service
 */
export function createEarlierPages(host: Host, api: Api, serviceUrl: () => Promise<string>): EarlierPages {
  return async (beforeMs) =>
    api.available() ? api.earlierMeetings(beforeMs) : askByOpenId(host, await serviceUrl(), beforeMs);
}
