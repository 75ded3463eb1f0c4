import { PalabreError } from '@palabre/protocol';
import { z } from 'zod';
import { MatrixError, MatrixUnreachable } from '../appservice/index.ts';
import type { MatrixClient } from '../appservice/index.ts';
import type { DomainPolicy } from '../membership/index.ts';
import type { Log } from '../operations/index.ts';
import { NOT_ADMITTED } from './grant.ts';
import type { DoorRequest } from './requests.ts';

const FED_PROXY = '/_matrix/client/unstable/io.element.msc4512/appservice/fed_proxy';

/**
 * Less than the 30 s after which the homeserver gives up on us. Synapse itself would go on for two minutes: it asks four times,
 * each time for half a minute (reference/homeserver-proxied-rtc.md 5).
 */
const TIMEOUT_MS = 10_000;
/**
 * A partner that failed is left alone for a while. Synapse counts each failure against the partner's whole server and then holds
 * back messages to it, too (`util/retryutils.py`); and the next person would wait as long again.
 */
const PAUSE_MS = 5 * 60_000;
const LONGEST_PAUSE_MS = 60 * 60_000;

const relayedSchema = z.object({ status: z.int(), content: z.unknown() });
const tokenSchema = z.object({ jwt: z.string().min(1).max(16_384) });
/** The partner is a Palabre, too, and says what is to be done. */
const refusalSchema = z.object({
  errcode: z.enum([
    'PALABRE_WAITING',
    'PALABRE_WAITING_ALONE',
    'PALABRE_NOT_ADMITTED',
    'PALABRE_TIME_OVER',
    'PALABRE_ENCRYPTION_REQUIRED',
    'PALABRE_ROOM_REPLACED',
  ]),
});
const limitSchema = z.object({ retry_after_ms: z.number().positive() });

/** What a person of ours gets for a partner's SFU. */
export interface PartnerToken {
  /** The address that policy names: a partner leads nobody elsewhere. */
  readonly url: string;
  readonly jwt: string;
}

/** Asks for somebody of ours at a partner's homeserver. Asking again is harmless: the same member has the same seat. */
export type AskPartner = (userId: string, request: DoorRequest) => Promise<PartnerToken>;

export interface PartnerDoorDeps {
  readonly client: MatrixClient;
  readonly policy: DomainPolicy;
  readonly isJoinedSoon: (roomId: string, userId: string) => Promise<boolean>;
  readonly log: Log;
  readonly now: () => number;
}

function failed(message: string, cause?: unknown): PalabreError {
  return new PalabreError('M_CONNECTION_FAILED', message, { cause });
}

/** How long a partner that has too much to do wants to be left alone, if it says so. */
function retryAfterOf(content: unknown): number | undefined {
  const limit = limitSchema.safeParse(content);
  return limit.success ? Math.min(limit.data.retry_after_ms, LONGEST_PAUSE_MS) : undefined;
}

/**
 * MSC4195 between servers: our homeserver asks the partner's for a token of the partner's SFU (MSC4512's `fed_proxy`). Only SFUs
 * are asked for that policy names together with the homeserver that looks after them, so nobody chooses whom we speak to.
 * @returns ask, which throws {PalabreError} M_INVALID_PARAM for any other SFU, M_FORBIDDEN when we or the partner do not let this
 * person in, and M_CONNECTION_FAILED when the partner has no such door, too much to do, or does not answer
 */
export function createPartnerDoor({ client, policy, isJoinedSoon, log, now }: PartnerDoorDeps): AskPartner {
  /** By homeserver: why it is not asked, and until when. */
  const paused = new Map<string, { readonly error: PalabreError; readonly untilMs: number }>();
  /** A request that is repeated while it is under way is one request. */
  const running = new Map<string, Promise<string>>();

  function placeOf({ url, serverName }: DoorRequest): { sfu: string; homeserver: string } {
    const wanted = url.replace(/\/+$/, '');
    for (const server of policy.servers()) {
      if (server.class === 'denied') continue;
      for (const { sfu, homeserver } of server.transports) {
        if (homeserver === undefined || sfu.replace(/\/+$/, '') !== wanted || !policy.admits(homeserver)) continue;
        if (serverName === undefined || serverName === homeserver) return { sfu, homeserver };
      }
    }
    throw new PalabreError('M_INVALID_PARAM', 'This SFU is not served here');
  }

  /** @throws {PalabreError} what the partner's answer means to whoever asked */
  function read(homeserver: string, answer: unknown): string {
    const relayed = relayedSchema.safeParse(answer);
    if (!relayed.success) throw failed("The partner's homeserver cannot be asked", relayed.error);
    const { status, content } = relayed.data;
    if (status === 200) {
      const token = tokenSchema.safeParse(content);
      if (token.success) return token.data.jwt;
      throw failed("The partner's service gave no usable answer");
    }
    if (status === 403) {
      const code = refusalSchema.safeParse(content).data?.errcode ?? 'M_FORBIDDEN';
      throw new PalabreError(code, "The partner's service does not let you into this call");
    }
    const pause = (error: PalabreError, ms: number) => {
      paused.set(homeserver, { error, untilMs: now() + ms });
      return error;
    };
    if (status === 429) {
      // Not M_LIMIT_EXCEEDED: that is our own homeserver's word to this person, who then asks nobody else.
      throw pause(failed("The partner's service has too much to do"), retryAfterOf(content) ?? PAUSE_MS);
    }
    if (status === 404) throw pause(failed("The partner's homeserver has no such door"), PAUSE_MS);
    if (status >= 500) throw pause(failed("The partner's service fails"), PAUSE_MS);
    throw failed("The partner's service does not accept the request");
  }

  async function askHomeserver(userId: string, homeserver: string, sfu: string, request: DoorRequest): Promise<string> {
    const { roomId, slotId, member } = request;
    let answer: unknown;
    try {
      answer = await client.request('POST', FED_PROXY, {
        body: {
          destination: homeserver,
          method: 'POST',
          path: '/_matrix/federation/unstable/io.element.msc4195/rtc/livekit/get_token',
          body: {
            user_id: userId,
            url: sfu,
            room_id: roomId,
            slot_id: slotId,
            // Drafts differ (reference/homeserver-proxied-rtc.md 5): everybody finds the one they know.
            member_id: member.memberId,
            ...(member.deviceId === undefined
              ? {}
              : { member: { id: member.memberId, claimed_device_id: member.deviceId } }),
          },
        },
        timeoutMs: TIMEOUT_MS,
        retries: 0,
      });
    } catch (cause) {
      if (!(cause instanceof MatrixError) && !(cause instanceof MatrixUnreachable)) throw cause;
      const error = failed("The partner's homeserver cannot be asked", cause);
      paused.set(homeserver, { error, untilMs: now() + PAUSE_MS });
      throw error;
    }
    return read(homeserver, answer);
  }

  return async (userId, request) => {
    const { sfu, homeserver } = placeOf(request);
    if (!policy.of(userId).rules.enter) throw new PalabreError('M_FORBIDDEN', NOT_ADMITTED);
    if (!(await isJoinedSoon(request.roomId, userId))) {
      throw new PalabreError('M_FORBIDDEN', 'You are not a member of this room');
    }
    const pause = paused.get(homeserver);
    if (pause !== undefined && pause.untilMs > now()) throw pause.error;
    paused.delete(homeserver);

    const { roomId, slotId, member } = request;
    const key = JSON.stringify([homeserver, sfu, userId, roomId, slotId, member.memberId, member.deviceId]);
    let asking = running.get(key);
    if (asking === undefined) {
      asking = askHomeserver(userId, homeserver, sfu, request).finally(() => running.delete(key));
      running.set(key, asking);
      asking.catch((error: unknown) => {
        log.logger.info({ partner: log.hash(homeserver), err: error }, 'a partner gave no token');
      });
    }
    return { url: sfu, jwt: await asking };
  };
}
