import type { MeetingBlock } from '@palabre/protocol';
import { fitting } from './event-size.ts';
import type { RoomLanguage } from './texts.ts';

/** Names beyond these are counted: a message with its edit holds them twice. */
const MOST_NAME_BYTES = 2_500;

const OTHERS: Readonly<Record<RoomLanguage, (count: number) => string>> = {
  en: (count) => (count === 1 ? '1 other' : `${count} others`),
  fr: (count) => (count === 1 ? '1 autre' : `${count} autres`),
};

/** Joins names as the language does. */
export function namesText(names: readonly string[], language: RoomLanguage): string {
  return new Intl.ListFormat(language, { style: 'long', type: 'conjunction' }).format(names);
}

/** `Alice, Bob and 12 others`. @param left how many more there are than names */
export function someNames(names: readonly string[], left: number, language: RoomLanguage): string {
  const some = fitting(names, MOST_NAME_BYTES);
  const others = some.left + left;
  return namesText([...some.kept, ...(others === 0 ? [] : [OTHERS[language](others)])], language);
}

/** Who was there, as far as names fit. */
export function participantsText(
  { participants, participants_left_out: left = 0 }: Pick<MeetingBlock, 'participants' | 'participants_left_out'>,
  language: RoomLanguage,
): string {
  const names = participants.map(({ name }) => name);
  return names.length + left === 0 ? '–' : someNames(names, left, language);
}
