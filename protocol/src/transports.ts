import { serverOf } from './identity.ts';

/**
 * Transports are hostile input: any member can write any URL into their `call.member`. One is used only if policy allows it
 * for the domain of the member who names it.
 */
export interface TransportPolicy {
  /** Token service URLs (`livekit_service_url`) that are our own, usable with every member. */
  readonly own: readonly string[];
  /** Further token services by the server name of the members who may name them. */
  readonly byServer?: Readonly<Record<string, readonly string[]>>;
}

function normalise(url: string): string | undefined {
  try {
    const parsed = new URL(url);
    if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return undefined;
    if (parsed.username !== '' || parsed.password !== '') return undefined;
    return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
  } catch {
    return undefined;
  }
}

/** May `memberId`'s media be fetched from the token service at `serviceUrl`? Unknown means no. */
export function transportAllowed(policy: TransportPolicy, memberId: string, serviceUrl: string): boolean {
  const wanted = normalise(serviceUrl);
  if (wanted === undefined) return false;
  const server = serverOf(memberId);
  const named =
    server !== undefined && policy.byServer !== undefined && Object.hasOwn(policy.byServer, server)
      ? policy.byServer[server]
      : undefined;
  return [...policy.own, ...(named ?? [])].some((url) => normalise(url) === wanted);
}
