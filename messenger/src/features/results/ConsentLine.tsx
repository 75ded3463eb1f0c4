import { COMMAND_REACTIONS } from '@palabre/protocol';
import type { MeetingBlock } from '@palabre/protocol';
import { Check, CircleOff, Hand } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MessageItem } from '../../store/model.ts';
import { ownReactions } from './own-reactions.ts';

type Asked = NonNullable<MeetingBlock['consent']>;

/**
 * The homeserver says when a reaction was set, the bridge since when it is asked: their clocks may differ by so much. Nobody who is kept
 * may read that their ✅ does not count; the other way round, nothing is kept of whoever agreed too early.
 */
const CLOCKS_DIFFER_MS = 10_000;

/** What this person said with reactions to the meeting's message. `early`: perhaps before anybody was asked, when it agrees to nothing. */
function saidIn(item: MessageItem, asked: Asked): 'nothing' | 'agreed' | 'early' | 'refused' {
  const newestOf = (command: 'consent' | 'refuse'): number | undefined => {
    const own = ownReactions(item, command);
    return own.length === 0 ? undefined : Math.max(...own.map(({ setMs }) => setMs));
  };
  const [agreedMs, refusedMs] = [newestOf('consent'), newestOf('refuse')];
  // Both may stand: the bridge goes by the last one.
  if (refusedMs !== undefined && refusedMs >= (agreedMs ?? 0)) return 'refused';
  if (agreedMs === undefined) return 'nothing';
  // Older bridges do not tell since when it is asked.
  return agreedMs >= (asked.asked_ms ?? Infinity) - CLOCKS_DIFFER_MS ? 'agreed' : 'early';
}

const WORDS = {
  nothing: 'results.consentAsked',
  agreed: 'results.consentGiven',
  early: 'results.consentEarly',
  refused: 'results.consentRefused',
} as const;

/** While people are asked: what ✅ on this message means, and what this person said with one. */
export function ConsentLine({ item, asked }: { readonly item: MessageItem; readonly asked: Asked }) {
  const { t } = useTranslation();
  const said = saidIn(item, asked);
  const Icon = said === 'agreed' ? Check : said === 'refused' ? CircleOff : Hand;
  return (
    <p className="card-recording" role="status" data-said={said} data-testid="meeting-consent">
      <Icon size={16} aria-hidden="true" />
      {t(WORDS[said], { sign: COMMAND_REACTIONS.consent })}
    </p>
  );
}
