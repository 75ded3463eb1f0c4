import { frenchSpaces, type NoticeBlock } from '@palabre/protocol';
import { namesText } from './people-text.ts';
import type { RoomLanguage } from './texts.ts';

/** What can be taken back by redacting its message. */
export type DeletedKind = 'meeting' | 'recording' | 'transcript' | 'minutes';
export type RemainingKind = Exclude<DeletedKind, 'meeting'>;

/** What a deletion leaves in the room. */
export interface Remaining {
  /** Messages of the same content that the bot could not take back. */
  readonly messages: number;
  /** Corrections of the transcript, which people wrote, that the bot may not take back. */
  readonly corrections: number;
  /** People wrote something in the thread that the bot cannot read: corrections may be among it. */
  readonly unread: boolean;
  /** Other results of the same meeting. */
  readonly results: readonly RemainingKind[];
}

interface DeletionTexts {
  /** @param by who did it, after a space; empty where that is not known */
  readonly deleted: (by: string) => Readonly<Record<DeletedKind, string>>;
  readonly by: (name: string) => string;
  readonly messages: (count: number) => string;
  readonly corrections: (count: number) => string;
  readonly unread: string;
  readonly results: (names: string) => string;
  readonly result: Readonly<Record<RemainingKind, string>>;
  /** After a transcript. */
  readonly minutesQuote: string;
}

const EN: DeletionTexts = {
  deleted: (by) => ({
    meeting: `The results of the meeting were deleted${by}, and everything that Palabre kept of them.`,
    recording: `The recording was deleted${by}, and everything that Palabre kept of it.`,
    transcript: `The transcript was deleted${by} with its files, and everything that Palabre kept of it.`,
    minutes: `The minutes were deleted${by}, and everything that Palabre kept of them.`,
  }),
  by: (name) => ` by ${name}`,
  messages: (count) => `Messages of the same content that you must remove from the thread yourself: ${count}.`,
  corrections: (count) =>
    count === 1
      ? 'One correction of the transcript stays in the thread: its author or a moderator can remove it.'
      : `${count} corrections of the transcript stay in the thread: their authors or a moderator can remove them.`,
  unread:
    'Palabre cannot read what people wrote in the thread: corrections of the transcript among it can be removed by their authors or a moderator.',
  results: (names) => `What remains of this meeting: ${names}.`,
  result: { recording: 'the recording', transcript: 'the transcript', minutes: 'the minutes' },
  minutesQuote: 'The minutes may quote what was said; removing their message deletes them as well.',
};

const FR = frenchSpaces<DeletionTexts>({
  deleted: (by) => ({
    meeting: `Les résultats de la réunion ont été supprimés${by}, avec tout ce que Palabre en conservait.`,
    recording: `L’enregistrement a été supprimé${by}, avec tout ce que Palabre en conservait.`,
    transcript: `La transcription a été supprimée${by} avec ses fichiers, ainsi que tout ce que Palabre en conservait.`,
    minutes: `Le compte rendu a été supprimé${by}, avec tout ce que Palabre en conservait.`,
  }),
  by: (name) => ` par ${name}`,
  messages: (count) => `Messages du même contenu à supprimer vous-même dans le fil : ${count}.`,
  corrections: (count) =>
    count === 1
      ? 'Une correction de la transcription reste dans le fil : la personne qui l’a écrite ou un modérateur peut la supprimer.'
      : `${count} corrections de la transcription restent dans le fil : les personnes qui les ont écrites ou un modérateur peuvent les supprimer.`,
  unread:
    'Palabre ne peut pas lire ce que les participants ont écrit dans le fil : les corrections de la transcription qui s’y trouvent peuvent être supprimées par leurs auteurs ou un modérateur.',
  results: (names) => `Il reste de cette réunion : ${names}.`,
  result: { recording: 'l’enregistrement', transcript: 'la transcription', minutes: 'le compte rendu' },
  minutesQuote: 'Le compte rendu peut citer ce qui a été dit ; supprimer son message le supprime aussi.',
});

/** @param by who took it back, where that is known */
export function deletedText(
  kind: DeletedKind,
  remaining: Remaining,
  by: NoticeBlock['by'],
  language: RoomLanguage,
): string {
  const texts = language === 'fr' ? FR : EN;
  const { messages, corrections, unread, results } = remaining;
  const names = results.map((result) => texts.result[result]);
  // A display name is anybody's own choice: the user id stands beside it.
  const whom = by === undefined ? '' : by.name === by.user_id ? by.name : `${by.name} (${by.user_id})`;
  return [
    `🗑 ${texts.deleted(whom === '' ? '' : texts.by(whom))[kind]}`,
    ...(messages === 0 ? [] : [texts.messages(messages)]),
    ...(corrections === 0 ? [] : [texts.corrections(corrections)]),
    ...(unread ? [texts.unread] : []),
    ...(names.length === 0 ? [] : [texts.results(namesText(names, language))]),
    ...(kind === 'transcript' && results.includes('minutes') ? [texts.minutesQuote] : []),
  ].join(' ');
}
