import { COMMAND_REACTIONS, CONSENT_BLOCK, type ConsentBlock } from '@palabre/protocol';
import * as z from 'zod/mini';
import type { Host } from '../host/index.ts';
import { recall, remember } from '../memory.ts';
import { ApiError } from './api.ts';

type Answer = 'yes' | 'no';

/** Events of our ✅ and ❌. Usually one of them stands; both where one could not be taken away. */
const standingSchema = z.object({
  yes: z.optional(z.string()),
  no: z.optional(z.string()),
  /** To which words the ✅ agreed, and who had asked. */
  words: z.optional(z.string()),
});
type Standing = z.infer<typeof standingSchema>;

/** What an earlier page left. */
function readStanding(text: string | undefined): Standing {
  try {
    return standingSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return {};
  }
}

export interface ConsentReactions {
  /**
   * Sends an answer. Of ours, one is to stand afterwards, that of the last answer. A "no" that cannot be sent is our ✅ taken away, which
   * withdraws as well.
   * @param block which words were shown, and who asked
   * @param inForce whoever asked says that this person has agreed to all of it
   * @throws when the answer does not count
   */
  say(answer: Answer, block: ConsentBlock | undefined, inForce: boolean): Promise<void>;
}

/** Answers as reactions to our own membership, taken back even by a later page. */
export function createConsentReactions(
  { parameters, timeline }: Pick<Host, 'parameters' | 'timeline'>,
  ownEventId: () => string | undefined,
): ConsentReactions {
  const memory = `consent.${parameters.roomId}`;
  let standing = readStanding(recall(memory));

  const note = (answer: Answer, eventId: string | undefined, words = standing.words): void => {
    standing = { ...standing, [answer]: eventId, words };
    remember(memory, JSON.stringify(standing));
  };
  const clear = async (answer: Answer): Promise<void> => {
    const eventId = standing[answer];
    if (eventId === undefined) return;
    await timeline.redact(eventId);
    note(answer, undefined);
  };

  return {
    async say(answer, block, inForce) {
      const target = ownEventId();
      if (target === undefined) throw new ApiError('NETWORK');
      const words = block === undefined ? undefined : `${block.scribe} ${block.text_version}`;
      const stands = standing.yes !== undefined && standing.no === undefined && standing.words === words;
      // To send the same anew it would have to be taken away first, and so withdrawn for a moment.
      if (answer === 'yes' && inForce && stands && words !== undefined) return;
      const key = COMMAND_REACTIONS[answer === 'yes' ? 'consent' : 'refuse'];
      try {
        // The homeserver takes no second one of the same kind.
        await clear(answer);
        const sent = await timeline.send('m.reaction', {
          'm.relates_to': { rel_type: 'm.annotation', event_id: target, key },
          ...(block === undefined ? {} : { [CONSENT_BLOCK]: block }),
        });
        note(answer, sent, answer === 'yes' ? words : standing.words);
      } catch (error) {
        if (answer === 'yes' || standing.yes === undefined) throw error;
        await clear('yes');
        return;
      }
      // It counts already. What cannot be tidied away now is tried again before it would be in the way.
      await clear(answer === 'yes' ? 'no' : 'yes').catch(() => undefined);
    },
  };
}
