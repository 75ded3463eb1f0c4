import * as z from 'zod/mini';
import type { TransportPartner } from '@palabre/protocol';
import type { Publishers } from '@palabre/transcript/documents';
import { parseTransports, type LivekitTransport } from '../host/index.ts';

/** A partner's SFU, by its token service. */
export interface PartnerSfu {
  readonly service: string;
  /** Where its tokens lead. */
  readonly url: string;
  /** Server name of the homeserver that gives tokens for it to other homeservers; undefined when there is none. */
  readonly homeserver: string | undefined;
}

/** What whoever serves this page says about SFUs (`config.json` beside it). */
export interface Deployment {
  /** Where its people publish when their homeserver names no SFU; best first. */
  readonly transports: readonly LivekitTransport[];
  /** Whose members may name which further token services. */
  readonly partners: readonly TransportPartner[];
  /** Whose results are believed; undefined where there are no bots. */
  readonly bots: Publishers | undefined;
  /** How its people are announced in calls, where their messenger and homeserver can do it. */
  readonly rtcMembership: 'state' | 'sticky';
  /** What is known of those services. */
  readonly sfus: readonly PartnerSfu[];
  /** In calls that are not encrypted those services are out of bounds. */
  readonly partnersNeedEncryption: boolean;
}

const TIMEOUT_MS = 5_000;
const placeSchema = z.object({ service: z.string(), sfu: z.string(), homeserver: z.optional(z.string()) });
const schema = z.object({
  transports: z.array(z.unknown()),
  partners: z.array(
    z.object({ match: z.string(), guarded: z._default(z.boolean(), false), transports: z.array(placeSchema) }),
  ),
  bots: z.optional(z.object({ watcher: z.string(), scribe: z.string() })),
  rtcMembership: z._default(z.enum(['state', 'sticky']), 'state'),
  partnersNeedEncryption: z.boolean(),
});
/** Of a page that says nothing about SFUs: none is known, and none of others is allowed. */
export const NO_DEPLOYMENT: Deployment = {
  transports: [],
  partners: [],
  sfus: [],
  partnersNeedEncryption: true,
  rtcMembership: 'state',
  bots: undefined,
};

/** Reads `config.json`; inside another product there is none. @returns undefined when it could not be read */
export async function loadDeployment(): Promise<Deployment | undefined> {
  try {
    const response = await fetch(new URL('config.json', document.baseURI), {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      credentials: 'omit',
    });
    if (response.status === 404) return NO_DEPLOYMENT;
    if (!response.ok) return undefined;
    const { transports, partners, partnersNeedEncryption, rtcMembership, bots } = schema.parse(await response.json());
    return {
      rtcMembership,
      bots: bots === undefined ? undefined : { watcherUserId: bots.watcher, scribeUserId: bots.scribe },
      partnersNeedEncryption,
      transports: parseTransports(transports),
      partners: partners.map(({ match, guarded, transports: places }) => ({
        match,
        guarded,
        transports: places.map(({ service }) => service),
      })),
      sfus: partners.flatMap(({ transports: places }) =>
        places.map(({ service, sfu, homeserver }) => ({ service, url: sfu, homeserver })),
      ),
    };
  } catch {
    return undefined;
  }
}
