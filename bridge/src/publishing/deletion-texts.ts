import type { RoomLanguage } from './texts.ts';

/** What can be taken back by redacting its message. */
export type DeletedKind = 'meeting' | 'recording' | 'transcript' | 'minutes';

const EN: Readonly<Record<DeletedKind, string>> = {
  meeting: 'The results of the meeting were deleted, and everything that Palabre kept of them.',
  recording: 'The recording was deleted, and everything that Palabre kept of it.',
  transcript: 'The transcript was deleted with its files, and everything that Palabre kept of it.',
  minutes: 'The minutes were deleted, and everything that Palabre kept of them.',
};

const FR: Readonly<Record<DeletedKind, string>> = {
  meeting: 'Les résultats de la réunion ont été supprimés, avec tout ce que Palabre en conservait.',
  recording: 'L’enregistrement a été supprimé, avec tout ce que Palabre en conservait.',
  transcript: 'La transcription a été supprimée avec ses fichiers, ainsi que tout ce que Palabre en conservait.',
  minutes: 'Le compte rendu a été supprimé, avec tout ce que Palabre en conservait.',
};

/** @param left messages of the same content that the bot could not take back */
export function deletedText(kind: DeletedKind, left: number, language: RoomLanguage): string {
  const told = `🗑 ${(language === 'fr' ? FR : EN)[kind]}`;
  if (left === 0) return told;
  return language === 'fr'
    ? `${told} Messages du même contenu à supprimer vous-même dans le fil : ${String(left)}.`
    : `${told} Messages of the same content that you must remove from the thread yourself: ${String(left)}.`;
}
