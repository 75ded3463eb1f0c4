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
  /** This call is not encrypted, and policy demands encryption as soon as media passes through partners' SFUs. */
  readonly partnersClosed?: boolean;
}

export interface TransportPartner {
  readonly match: string;
  readonly transports: readonly string[];
  /** Who comes, and for how long, is decided at our own SFU: what they send elsewhere counts only while they are there. */
  readonly guarded?: boolean;
}

const partnerOf = ({ partners = [] }: TransportPolicy, memberId: string): TransportPartner | undefined => {
  const server = serverOf(memberId);
  return server === undefined ? undefined : partners.find(({ match }) => matchesServer(match, server));
};

/** Does a lobby or a time limit stand before this member's server? */
export function isGuarded(policy: TransportPolicy, memberId: string): boolean {
  return partnerOf(policy, memberId)?.guarded === true;
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

/** `needs_encryption`: it would be allowed if the call were encrypted. */
export type TransportVerdict = 'allowed' | 'needs_encryption' | 'refused';

/** May `memberId`'s media be fetched from the token service at `serviceUrl`? Unknown means no. */
export function judgeTransport(policy: TransportPolicy, memberId: string, serviceUrl: string): TransportVerdict {
  const isThis = (url: string): boolean => sameTransport(url, serviceUrl);
  if (policy.own.some(isThis)) return 'allowed';
  if (partnerOf(policy, memberId)?.transports.some(isThis) !== true) return 'refused';
  return policy.partnersClosed === true ? 'needs_encryption' : 'allowed';
}

/** {@link judgeTransport} as yes or no. */
export function transportAllowed(policy: TransportPolicy, memberId: string, serviceUrl: string): boolean {
  return judgeTransport(policy, memberId, serviceUrl) === 'allowed';
}

/**
 * Whose servers carry what goes through this token service: the partner in whose domain it lies, else the one for whose people
 * policy names it, else (several, or a pattern) the host of the service itself.
 * @returns undefined when they are our own
 */
export function operatorOf({ partners = [] }: TransportPolicy, serviceUrl: string): string | undefined {
  const naming = partners.filter(({ transports }) => transports.some((url) => sameTransport(url, serviceUrl)));
  if (naming.length === 0) return undefined;
  const { host, hostname } = new URL(serviceUrl);
  const names = naming.map(({ match }) => match).filter((match) => !match.startsWith('*'));
  const isUnder = (name: string): boolean => `.${hostname}`.endsWith(`.${name.replace(/:\d+$/, '')}`);
  return names.find(isUnder) ?? (naming.length === 1 ? names[0] : undefined) ?? host;
}
