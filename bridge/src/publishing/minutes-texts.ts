import { frenchSpaces, type MinutesBlock } from '@palabre/protocol';
import type { RoomLanguage } from './texts.ts';

/** What is said in rooms about minutes, and around them. Plain; builders escape what goes into HTML. */
export interface MinutesTexts {
  readonly title: string;
  readonly duration: (duration: string) => string;
  readonly people: (people: string) => string;
  readonly purpose: string;
  readonly decisions: string;
  readonly actions: string;
  readonly questions: string;
  readonly action: (who: string | undefined, text: string, due: string | undefined) => string;
  readonly nothingFound: string;
  readonly extract: string;
  readonly noExtract: string;
  readonly instead: Readonly<Record<NonNullable<MinutesBlock['instead']>, string>>;
  readonly byModel: (model: string, operator: string, place: string) => string;
  readonly leftOut: (count: number) => string;
  readonly shortened: string;
  readonly approved: (name: string, edited: boolean) => string;
  /** What the watcher says while a draft waits, and when it does no more. None of it holds a word of the draft. */
  readonly notices: {
    readonly waiting: (untilMs: number) => string;
    readonly approved: (name: string) => string;
    readonly discarded: (name: string) => string;
    readonly expired: string;
    /** The transcript was deleted. */
    readonly withdrawn: string;
    readonly refused: (untilMs: number) => string;
  };
}

const dayOf = (ms: number, language: RoomLanguage): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(ms);

const EN: MinutesTexts = {
  title: 'Minutes',
  duration: (duration) => `Duration of the transcript: ${duration}`,
  people: (people) => `Participants: ${people}`,
  purpose: 'Purpose',
  decisions: 'Decisions',
  actions: 'Actions',
  questions: 'Open questions',
  action: (who, text, due) =>
    `${who === undefined ? '' : `${who}: `}${text}${due === undefined ? '' : ` (when: ${due})`}`,
  nothingFound: 'No decisions, actions or open questions were found.',
  extract: 'Extract: sentences chosen automatically from the transcript, word for word',
  noExtract: 'Too little was said for an extract.',
  instead: {
    model_unavailable: 'The language model was not available, so sentences were chosen instead.',
    model_broken: 'What the language model answered could not be used, so sentences were chosen instead.',
    model_unsupported:
      'The transcript does not support what the language model wrote, so sentences were chosen instead.',
  },
  byModel: (model, operator, place) =>
    `Written by a language model (${model}, operated by ${operator}, ${place}). A program has checked names, numbers and dates against the transcript; check the rest before you rely on it.`,
  leftOut: (count) =>
    count === 1
      ? '1 statement was left out, because the transcript does not support it.'
      : `${count} statements were left out, because the transcript does not support them.`,
  shortened: 'Shortened to fit into one message: names or statements are missing at the end of the lists.',
  approved: (name, edited) => (edited ? `Edited and approved by ${name}.` : `Approved by ${name}.`),
  notices: {
    waiting: (untilMs) =>
      `🗒️ The minutes of a meeting wait for approval. Moderators who belong to this server: open the call, then “Minutes”, to read, correct and post them. If nobody does, they are deleted on ${dayOf(untilMs, 'en')}.`,
    approved: (name) => `🗒️ The minutes were approved by ${name}. They are posted in the thread of their meeting.`,
    discarded: (name) => `🗒️ The draft of the minutes was discarded by ${name}.`,
    expired: '🗒️ The draft of the minutes was deleted: nobody approved it in time.',
    withdrawn: '🗒️ The draft of the minutes was deleted together with what it was made of.',
    refused: (untilMs) =>
      `🗒️ The minutes could not be posted in this room. They are kept as a draft until ${dayOf(untilMs, 'en')}: moderators who belong to this server find it in the call, under “Minutes”.`,
  },
};

const FR = frenchSpaces<MinutesTexts>({
  title: 'Compte rendu',
  duration: (duration) => `Durée de la transcription : ${duration}`,
  people: (people) => `Participants : ${people}`,
  purpose: 'Objet',
  decisions: 'Décisions',
  actions: 'Actions',
  questions: 'Questions ouvertes',
  action: (who, text, due) =>
    `${who === undefined ? '' : `${who} : `}${text}${due === undefined ? '' : ` (échéance : ${due})`}`,
  nothingFound: 'Aucune décision, action ou question ouverte n’a été relevée.',
  extract: 'Extrait : phrases choisies automatiquement dans la transcription, mot pour mot',
  noExtract: 'Trop peu a été dit pour un extrait.',
  instead: {
    model_unavailable: 'Le modèle de langage n’était pas disponible : des phrases ont été choisies à la place.',
    model_broken: 'La réponse du modèle de langage était inutilisable : des phrases ont été choisies à la place.',
    model_unsupported:
      'La transcription ne confirme pas ce que le modèle de langage a écrit : des phrases ont été choisies à la place.',
  },
  byModel: (model, operator, place) =>
    `Rédigé par un modèle de langage (${model}, exploité par ${operator}, ${place}). Un programme a comparé les noms, les nombres et les dates à la transcription ; vérifiez le reste avant de vous y fier.`,
  leftOut: (count) =>
    count === 1
      ? '1 énoncé a été retiré, car la transcription ne le confirme pas.'
      : `${count} énoncés ont été retirés, car la transcription ne les confirme pas.`,
  shortened: 'Abrégé pour tenir dans un seul message : il manque des noms ou des énoncés à la fin des listes.',
  approved: (name, edited) => (edited ? `Corrigé et approuvé par ${name}.` : `Approuvé par ${name}.`),
  notices: {
    waiting: (untilMs) =>
      `🗒️ Le compte rendu d’une réunion attend d’être approuvé. Modérateurs appartenant à ce serveur : ouvrez l’appel, puis « Compte rendu », pour le lire, le corriger et le publier. Sans réponse, il sera supprimé le ${dayOf(untilMs, 'fr')}.`,
    approved: (name) => `🗒️ Le compte rendu a été approuvé par ${name}. Il est publié dans le fil de sa réunion.`,
    discarded: (name) => `🗒️ Le brouillon du compte rendu a été supprimé par ${name}.`,
    expired: '🗒️ Le brouillon du compte rendu a été supprimé : personne ne l’a approuvé à temps.',
    withdrawn: '🗒️ Le brouillon du compte rendu a été supprimé avec ce dont il était tiré.',
    refused: (untilMs) =>
      `🗒️ Le compte rendu n’a pas pu être publié dans ce salon. Le brouillon est conservé jusqu’au ${dayOf(untilMs, 'fr')} : les modérateurs appartenant à ce serveur le trouvent dans l’appel, sous « Compte rendu ».`,
  },
});

export function minutesTextsFor(language: RoomLanguage): MinutesTexts {
  return language === 'fr' ? FR : EN;
}
