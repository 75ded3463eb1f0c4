import type { MeetingBlock } from '@palabre/protocol';
import { useTranslation } from 'react-i18next';
import { formatNames } from './format.ts';
import { useLocale } from './use-locale.ts';

/** Who was in a meeting: how many, and the names in one phrase, which ends with how many are not named. */
export function useParticipants({
  participants,
  participants_left_out: left = 0,
}: Pick<MeetingBlock, 'participants' | 'participants_left_out'>): { readonly count: number; readonly names: string } {
  const { t } = useTranslation();
  const locale = useLocale();
  const named = participants.map(({ name }) => name);
  const names = formatNames([...named, ...(left === 0 ? [] : [t('results.others', { count: left })])], locale);
  return { count: named.length + left, names };
}
