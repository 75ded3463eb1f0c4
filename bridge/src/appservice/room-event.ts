import { z } from 'zod';

// PostgreSQL text cannot hold NUL; ids with control characters are nobody's real ids.
const id = (sigil: string) =>
  z
    .string()
    .max(255)
    .refine((value) => value.startsWith(sigil) && !/\p{Cc}/u.test(value));

/** A room event as the homeserver hands it to application services. Content is untrusted and parsed by whoever uses it. */
export const roomEventSchema = z.object({
  type: z.string().max(255),
  event_id: id('$'),
  room_id: id('!'),
  sender: id('@'),
  state_key: z.string().max(255).optional(),
  origin_server_ts: z.number(),
  content: z.record(z.string(), z.unknown()),
  redacts: z.string().max(255).optional(),
  /** MSC4354: the event is sticky for so long. */
  msc4354_sticky: z.object({ duration_ms: z.number() }).optional().catch(undefined),
});
export type RoomEvent = z.infer<typeof roomEventSchema>;
