import * as z from 'zod/mini';
import { MatrixCapabilities, type IOpenIDCredentials } from 'matrix-widget-api';
import { CALL_SLOT, type ApiSession } from '@palabre/protocol';
import { describeHostError, type Host, type LivekitTransport } from '../host/index.ts';
import type { PartnerSfu } from './deployment.ts';
import { CallProblem, isWaiting, problemOfStatus } from './problem.ts';
import type { Seat } from './seat.ts';
import { within } from './waiting.ts';

/** How a token is asked for. */
export interface Asking {
  /** Before the person has decided to come: nobody is asked to let them in. */
  readonly ahead?: boolean;
  /** They do not want to come any more. */
  readonly signal?: AbortSignal;
}

/** A way into one SFU. */
export interface SfuToken {
  readonly url: string;
  readonly jwt: string;
  readonly expiresAtMs: number;
  /** Only from the homeserver's door. */
  readonly session: ApiSession | undefined;
}

const AHEAD_TIMEOUT_MS = 10_000;
/** The bridge holds the request of somebody who must be let in for 20 s. */
const REQUEST_TIMEOUT_MS = 28_000;
/** The partner's token service is another way, so its homeserver is not waited for as long. */
const FEDERATION_PATIENCE_MS = 5_000;
const CLOSED_DOOR_MS = 10 * 60_000;
/** A token that ends within this time is not used for a new connection. */
const EXPIRY_MARGIN_MS = 30_000;
/** Tokens whose end cannot be read are kept this long. */
const UNKNOWN_LIFETIME_MS = 5 * 60_000;

const answerSchema = z.object({ url: z.string(), jwt: z.string() });
const errorSchema = z.object({ retry_after_ms: z.optional(z.number()), errcode: z.optional(z.string()) });
const claimsSchema = z.object({ exp: z.number() });

/** When a JWT ends, in ms; `fallbackMs` when it does not say. The signature is the SFU's business. */
export function expiryOf(jwt: string, fallbackMs: number): number {
  try {
    const payload = (jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const claims = claimsSchema.safeParse(JSON.parse(atob(payload)));
    return claims.success ? claims.data.exp * 1000 : fallbackMs;
  } catch {
    return fallbackMs;
  }
}

/** What the token service refuses with; `Retry-After` is in seconds, `retry_after_ms` in milliseconds. */
function refusalOf(response: Response, body: unknown): CallProblem {
  const said = errorSchema.safeParse(body).data;
  const seconds = Number.parseFloat(response.headers.get('Retry-After') ?? '');
  const retryAfterMs = said?.retry_after_ms ?? (Number.isFinite(seconds) ? seconds * 1000 : undefined);
  return problemOfStatus(response.status, retryAfterMs, said?.errcode);
}

/** The token service's two ways to be asked (lk-jwt-service): the older for the plain identity, the newer for a hashed one. */
type ServicePath = 'sfu/get' | 'get_token';

function serviceBody(
  { parameters }: Host,
  seat: Seat,
  path: ServicePath,
  openid: IOpenIDCredentials,
): Record<string, unknown> {
  const { roomId, userId, deviceId } = parameters;
  const openid_token = {
    access_token: openid.access_token,
    token_type: openid.token_type,
    matrix_server_name: openid.matrix_server_name,
    expires_in: openid.expires_in,
  };
  if (path === 'sfu/get') return { room: roomId, openid_token, device_id: deviceId };
  const member = { id: seat.memberId, claimed_user_id: userId, claimed_device_id: deviceId };
  return { room_id: roomId, slot_id: CALL_SLOT, openid_token, member };
}

/** @returns undefined when the service does not know this way */
async function askService(
  service: string,
  path: ServicePath,
  body: Record<string, unknown>,
  { ahead = false, signal }: Asking,
): Promise<SfuToken | undefined> {
  let response: Response;
  try {
    const timeout = AbortSignal.timeout(ahead ? AHEAD_TIMEOUT_MS : REQUEST_TIMEOUT_MS);
    response = await fetch(`${service.replace(/\/+$/, '')}/${path}${ahead ? '?ahead' : ''}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      credentials: 'omit',
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      body: JSON.stringify(body),
    });
  } catch (error) {
    throw new CallProblem('service_unreachable', { cause: error, transient: true });
  }
  const said: unknown = await response.json().catch(() => undefined);
  if (response.status === 404) return undefined;
  if (!response.ok) throw refusalOf(response, said);
  const answer = answerSchema.safeParse(said);
  if (!answer.success) throw new CallProblem('service_unreachable', { cause: answer.error });
  return {
    ...answer.data,
    expiresAtMs: expiryOf(answer.data.jwt, Date.now() + UNKNOWN_LIFETIME_MS),
    session: undefined,
  };
}

/** By OpenID, in the first of these ways that the token service knows: proves who we are, gives media rights only. */
async function tokenByOpenId(
  host: Host,
  seat: Seat,
  service: string,
  paths: readonly ServicePath[],
  asking: Asking,
): Promise<SfuToken> {
  const openid = await host.api.requestOpenIDConnectToken().catch((error: unknown) => {
    const { status, retryAfterMs } = describeHostError(error);
    // The homeserver is slow or down; only a "no" is a matter between the person and their messenger.
    if (status !== undefined && (status === 429 || status >= 500)) throw problemOfStatus(status, retryAfterMs);
    throw new CallProblem('identity_refused', { cause: error });
  });
  for (const path of paths) {
    const token = await askService(service, path, serviceBody(host, seat, path, openid), asking);
    if (token !== undefined) return token;
  }
  throw problemOfStatus(404);
}

type Said = ReturnType<typeof describeHostError>;

/** The messenger's own refusal carries no status: it has no such action. M_INVALID_PARAM: that SFU is not served there. */
function isNoDoor({ status, errcode }: Said): boolean {
  return status === undefined || status === 404 || errcode === 'M_UNRECOGNIZED' || errcode === 'M_INVALID_PARAM';
}

const refusalBy = ({ status = 0, retryAfterMs, errcode }: Said): CallProblem =>
  problemOfStatus(status, retryAfterMs, errcode);

/** Through messenger and homeserver (MSC4533, MSC4195). @returns undefined when one of them does not know this door */
async function tokenByHomeserver(
  host: Host,
  transport: LivekitTransport,
  seat: Seat,
  { ahead = false }: Asking,
): Promise<SfuToken | undefined> {
  if (transport.url === undefined || !host.has(MatrixCapabilities.MSC4533RtcLivekitGetToken)) return undefined;
  try {
    const token = await host.tokenThroughHomeserver(transport.url, CALL_SLOT, seat.memberId, ahead);
    return {
      url: token.url ?? transport.url,
      jwt: token.jwt,
      expiresAtMs: expiryOf(token.jwt, Date.now() + UNKNOWN_LIFETIME_MS),
      session: token.session,
    };
  } catch (error) {
    const said = describeHostError(error);
    if (isNoDoor(said)) return undefined;
    throw refusalBy(said);
  }
}

/** The partner's door through both homeservers. @returns undefined when it is missing or broken, or does not answer soon */
async function tokenByFederation(
  host: Host,
  seat: Seat,
  { url, homeserver }: PartnerSfu,
): Promise<SfuToken | undefined> {
  const asking = host.tokenThroughHomeserver(url, CALL_SLOT, seat.memberId, false, homeserver);
  try {
    const { jwt } = await within(asking, FEDERATION_PATIENCE_MS, 'token through federation');
    const expiresAtMs = expiryOf(jwt, Date.now() + UNKNOWN_LIFETIME_MS);
    // Where it leads is our deployment's word. Sessions are our own bridge's to give.
    return { url, jwt, expiresAtMs, session: undefined };
  } catch (error) {
    const said = describeHostError(error);
    if (isNoDoor(said) || (said.status ?? 0) >= 500) return undefined;
    // Whoever says no, or not now, is not asked another way: that would hand the partner a token of ours for nothing.
    throw refusalBy(said);
  }
}

/** An SFU to get into; `listening` on those of others, where only they publish. */
export type SfuPlace = LivekitTransport & { readonly listening?: true };

export interface Tokens {
  /** A usable token for this SFU; `fresh` when the last one was refused. One request at a time for each SFU. */
  get(transport: SfuPlace, options?: Asking & { readonly fresh?: boolean }): Promise<SfuToken>;
  /** Tells every session the homeserver's door gives, the last one at once. */
  onSession(listener: (session: ApiSession, transport: LivekitTransport) => void): void;
}

/**
 * Asks for tokens and keeps them: reconnects use the one we have, because each request through the homeserver spends the user's
 * message budget (reference/homeserver-proxied-rtc.md 2). For the same reason a partner's door that failed is not tried again soon.
 * @param partnerSfu what our deployment knows of a partner's token service
 */
export function createTokens(
  host: Host,
  seat: Promise<Seat>,
  partnerSfu: (service: string) => Promise<PartnerSfu | undefined> = () => Promise.resolve(undefined),
): Tokens {
  const kept = new Map<string, SfuToken>();
  const running = new Map<string, { readonly request: Promise<SfuToken>; readonly ahead: boolean }>();
  const listeners: ((session: ApiSession, transport: LivekitTransport) => void)[] = [];
  let last: readonly [ApiSession, LivekitTransport] | undefined;
  /** Partners' homeservers whose door gave nothing, until when they are not asked. */
  const closedUntilMs = new Map<string, number>();
  const byFederation = async (ours: Seat, service: string): Promise<SfuToken | undefined> => {
    const sfu = await partnerSfu(service);
    if (sfu?.homeserver === undefined || !host.has(MatrixCapabilities.MSC4533RtcLivekitGetToken)) return undefined;
    if ((closedUntilMs.get(sfu.homeserver) ?? 0) > Date.now()) return undefined;
    const token = await tokenByFederation(host, ours, sfu);
    if (token === undefined) closedUntilMs.set(sfu.homeserver, Date.now() + CLOSED_DOOR_MS);
    return token;
  };
  const find = async (place: SfuPlace, asking: Asking): Promise<SfuToken> => {
    const ours = await seat;
    const service = place.livekit_service_url;
    const byOpenId = (...paths: ServicePath[]) => tokenByOpenId(host, ours, service, paths, asking);
    if (place.listening === true)
      return (await byFederation(ours, service)) ?? (await byOpenId('get_token', 'sfu/get'));
    // Where we publish, others look for the identity that our membership announces: no other way will do.
    const path = ours.announcing === 'state' ? 'sfu/get' : 'get_token';
    return (await tokenByHomeserver(host, place, ours, asking)) ?? (await byOpenId(path));
  };
  const ask = async (transport: SfuPlace, asking: Asking): Promise<SfuToken> => {
    const token = await find(transport, asking).catch((error: unknown) => {
      // Whoever is refused a new one has no use for the old one.
      if (error instanceof CallProblem && !error.transient) kept.delete(transport.livekit_service_url);
      throw error;
    });
    kept.set(transport.livekit_service_url, token);
    if (token.session !== undefined) {
      last = [token.session, transport];
      for (const listener of listeners) listener(...last);
    }
    return token;
  };
  const get: Tokens['get'] = async (transport, { fresh = false, ...asking } = {}) => {
    const key = transport.livekit_service_url;
    const { ahead = false } = asking;
    const known = kept.get(key);
    if (!fresh && known !== undefined && known.expiresAtMs - EXPIRY_MARGIN_MS > Date.now()) return known;
    const existing = running.get(key);
    if (existing !== undefined) {
      try {
        return await existing.request;
      } catch (error) {
        // That one only looked: now somebody is to be asked.
        if (!existing.ahead || ahead || !isWaiting(error)) throw error;
        return await get(transport, { fresh, ...asking });
      }
    }
    const request = ask(transport, asking).finally(() => running.delete(key));
    running.set(key, { request, ahead });
    return await request;
  };
  return {
    get,
    onSession(listener) {
      listeners.push(listener);
      if (last !== undefined) listener(...last);
    },
  };
}
