import { z } from 'zod';

// PostgreSQL text cannot hold NUL; names with control characters are nobody's real names.
const name = z.string().regex(/^\P{Cc}{0,255}$/u);
const id = (sigil: string) => name.startsWith(sigil);

/** A room event as the homeserver hands it to application services. Content is untrusted and parsed by whoever uses it. */
export const roomEventSchema = z.object({
  type: name,
  event_id: id('$'),
  room_id: id('!'),
  sender: id('@'),
  state_key: name.optional(),
  /** The word of another server: whatever is no time is long ago. */
  origin_server_ts: z.int().catch(0),
  content: z.record(z.string(), z.unknown()),
  /** Of a redaction, in rooms before version 11; later ones have it in the content. */
  redacts: z.string().optional().catch(undefined),
  /** MSC4354: the event is sticky for so long. */
  msc4354_sticky: z.object({ duration_ms: z.int() }).optional().catch(undefined),
});
export type RoomEvent = z.infer<typeof roomEventSchema>;
