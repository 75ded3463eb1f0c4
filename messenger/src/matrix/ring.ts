import * as z from 'zod/mini';

/** MSC4075: "a call has started". */
const schema = z.object({
  lifetime: z.number().check(z.positive()),
  sender_ts: z.optional(z.number()),
  'm.mentions': z.optional(z.object({ user_ids: z.optional(z.array(z.string())), room: z.optional(z.boolean()) })),
});

const LONGEST_MS = 5 * 60 * 1000;

/**
 * Until when a call notification is to be shown. @returns undefined when it is not for this person, their own, or over
 * @param sentMs the homeserver's time; the sender's own counts only if it is near that (MSC4075)
 */
export function readRing(
  content: unknown,
  sentMs: number,
  who: { readonly sender: string; readonly myUserId: string; readonly nowMs: number },
): number | undefined {
  const parsed = schema.safeParse(content);
  if (!parsed.success || who.sender === who.myUserId) return undefined;
  const mentions = parsed.data['m.mentions'];
  if (mentions?.room !== true && mentions?.user_ids?.includes(who.myUserId) !== true) return undefined;
  const claimedMs = parsed.data.sender_ts ?? sentMs;
  const startMs = Math.abs(claimedMs - sentMs) > 20_000 ? sentMs : claimedMs;
  const untilMs = startMs + Math.min(parsed.data.lifetime, LONGEST_MS);
  return untilMs > who.nowMs ? untilMs : undefined;
}
