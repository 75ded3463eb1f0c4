import { serverOf } from './identity.ts';
import { matchesServer } from './server-pattern.ts';

/**
 * Transports are hostile input: any member can write any URL into their `call.member`. One is used only if policy allows it
 * for the domain of the member who names it.
 */
export interface TransportPolicy {
  /** Token service URLs (`livekit_service_url`) that are our own, usable with every member. */
  readonly own: readonly string[];
  /** Further token services, and whose members may name them ({@link matchesServer}); the first match counts. */
  readonly partners?: readonly TransportPartner[];
}

export interface TransportPartner {
  readonly match: string;
  readonly transports: readonly string[];
}

function normalise(url: string): string | undefined {
  try {
    const parsed = new URL(url);
    if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return undefined;
    if (parsed.username !== '' || parsed.password !== '') return undefined;
    // Requests are made from the address as it is written: it may say no more than which service it is.
    if (url.includes('?') || url.includes('#')) return undefined;
    return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
  } catch {
    return undefined;
  }
}

/** Do two addresses name the same token service? A closing slash makes no difference. */
export function sameTransport(a: string, b: string): boolean {
  const one = normalise(a);
  return one !== undefined && one === normalise(b);
}

/** May `memberId`'s media be fetched from the token service at `serviceUrl`? Unknown means no. */
export function transportAllowed(policy: TransportPolicy, memberId: string, serviceUrl: string): boolean {
  const wanted = normalise(serviceUrl);
  if (wanted === undefined) return false;
  const server = serverOf(memberId);
  const partner = policy.partners?.find(({ match }) => server !== undefined && matchesServer(match, server));
  return [...policy.own, ...(partner?.transports ?? [])].some((url) => normalise(url) === wanted);
}
