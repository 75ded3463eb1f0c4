import { COMMAND_REACTIONS, frenchSpaces, TEXT_COMMAND_PREFIX } from '@palabre/protocol';
import type { ScribeWork } from '@palabre/protocol';
import { durationText, type RoomLanguage } from './texts.ts';

/** Answers to commands in rooms (meetings/command-table.ts). */

/** What runs, as the room is told. */
export interface StatusLine {
  readonly what: ScribeWork;
  /** Nothing is kept for now. */
  readonly paused: boolean;
  /** Undefined: it is just starting or ending, or paused. */
  readonly forMs: number | undefined;
  /** Undefined: not known. */
  readonly by: string | undefined;
}

export interface HelpLine {
  readonly word: string;
  readonly says: string;
  readonly reaction: string | undefined;
}

export interface CommandTexts {
  readonly status: (callForMs: number, people: number, lines: readonly StatusLine[]) => string;
  readonly noCall: string;
  readonly help: (lines: readonly HelpLine[]) => string;
  readonly unknown: (helpWord: string) => string;
  readonly tooLate: string;
}

const SIGNS: Readonly<Record<ScribeWork, string>> = {
  recording: COMMAND_REACTIONS.record,
  transcription: COMMAND_REACTIONS.transcribe,
  captions: COMMAND_REACTIONS.captions,
};

function helpList(lines: readonly HelpLine[]): string[] {
  return lines.map(({ word, says, reaction }) => {
    const sign = reaction === undefined ? '' : ` ${reaction}`;
    return `• ${TEXT_COMMAND_PREFIX} ${word}${sign} – ${says}`;
  });
}

const NAMES_EN = { recording: 'Recording', transcription: 'Transcription', captions: 'Live captions' } as const;
const NAMES_FR = {
  recording: 'Enregistrement',
  transcription: 'Transcription',
  captions: 'Sous-titres en direct',
} as const;

function runEn(forMs: number | undefined, paused: boolean): string {
  if (paused) return 'paused, nothing of it is kept';
  return forMs === undefined ? 'just starting or ending' : `for ${durationText(forMs)}`;
}

function runFr(forMs: number | undefined, paused: boolean): string {
  if (paused) return 'en pause, rien n’en est conservé';
  return forMs === undefined ? 'en train de démarrer ou de se terminer' : `depuis ${durationText(forMs)}`;
}

const EN: CommandTexts = {
  noCall: 'Nobody is in the call of this room.',
  status: (callForMs, people, lines) =>
    [
      `The call has been running for ${durationText(callForMs)}, with ${people === 1 ? 'one person' : `${String(people)} people`}.`,
      ...lines.map(
        ({ what, forMs, by, paused }) =>
          `${SIGNS[what]} ${NAMES_EN[what]}: ${runEn(forMs, paused)}${by === undefined ? '' : `, started by ${by}`}.`,
      ),
      ...(lines.length === 0 ? ['Nothing is being recorded or transcribed, and there are no captions.'] : []),
    ].join('\n'),
  help: (lines) =>
    [
      'What Palabre understands here:',
      ...helpList(lines),
      'The signs do the same as reactions to the message of the meeting or to your own entry in the call, in encrypted rooms too.',
    ].join('\n'),
  tooLate: 'This command came too late, so nothing was done. If you still want it, please give it again.',
  unknown: (helpWord) => `I do not know this command. ${TEXT_COMMAND_PREFIX} ${helpWord} lists what I understand.`,
};

const FR = frenchSpaces<CommandTexts>({
  noCall: 'Personne n’est dans l’appel de ce salon.',
  status: (callForMs, people, lines) =>
    [
      `L’appel est en cours depuis ${durationText(callForMs)}, avec ${people === 1 ? 'une personne' : `${String(people)} personnes`}.`,
      ...lines.map(
        ({ what, forMs, by, paused }) =>
          `${SIGNS[what]} ${NAMES_FR[what]} : ${runFr(forMs, paused)}${by === undefined ? '' : `, à la demande de ${by}`}.`,
      ),
      ...(lines.length === 0 ? ['Rien n’est enregistré ni transcrit, et il n’y a pas de sous-titres.'] : []),
    ].join('\n'),
  help: (lines) =>
    [
      'Ce que Palabre comprend ici :',
      ...helpList(lines),
      'Les signes font la même chose comme réactions au message de la réunion ou à votre propre entrée dans l’appel, y compris dans les salons chiffrés.',
    ].join('\n'),
  tooLate:
    'Cette commande est arrivée trop tard : rien n’a été fait. Si vous la voulez toujours, merci de la redonner.',
  unknown: (helpWord) =>
    `Je ne connais pas cette commande. ${TEXT_COMMAND_PREFIX} ${helpWord} donne la liste de ce que je comprends.`,
});

export function commandTextsFor(language: RoomLanguage): CommandTexts {
  return language === 'fr' ? FR : EN;
}
