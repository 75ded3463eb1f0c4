import { COMMAND_REACTIONS, commandOfReaction, TEXT_COMMAND_PREFIX } from '@palabre/protocol';
import type { RoomCommand, ScribeCommand, ScribeWork } from '@palabre/protocol';
import type { HelpLine, RoomLanguage } from '../publishing/index.ts';

/** Every command that can be given in a room, by reaction or in words: one entry each. */

export type CommandName = RoomCommand | 'status' | 'help';

/** What a command may do on behalf of the person who gave it. */
export interface CommandPorts {
  readonly order: (command: ScribeCommand) => Promise<void>;
  /** What comes back into the room and runs now. */
  readonly running: () => Promise<readonly Exclude<ScribeWork, 'captions'>[]>;
  readonly statusText: () => Promise<string>;
  readonly helpText: () => string;
}

interface CommandEntry {
  /** Understood in every room, whatever its language. */
  readonly words: Readonly<Record<RoomLanguage, string>>;
  readonly says: Readonly<Record<RoomLanguage, string>>;
  /** @returns what is answered; undefined: what happens is answer enough */
  readonly run: (ports: CommandPorts) => Promise<string | undefined>;
}

const start =
  (what: ScribeWork) =>
  async ({ order }: CommandPorts): Promise<undefined> => {
    await order({ action: 'start', what });
    return undefined;
  };

export const COMMANDS: Readonly<Record<CommandName, CommandEntry>> = {
  record: {
    words: { en: 'record', fr: 'enregistrer' },
    says: { en: 'record the call (moderators)', fr: 'enregistrer l’appel (modérateurs)' },
    run: start('recording'),
  },
  transcribe: {
    words: { en: 'transcribe', fr: 'transcrire' },
    says: { en: 'transcribe the call (moderators)', fr: 'transcrire l’appel (modérateurs)' },
    run: start('transcription'),
  },
  captions: {
    words: { en: 'captions', fr: 'sous-titres' },
    says: {
      en: 'bring the scribe in for live captions, of which nothing is kept',
      fr: 'faire venir le scribe pour les sous-titres en direct, dont rien n’est conservé',
    },
    run: start('captions'),
  },
  stop: {
    words: { en: 'stop', fr: 'arrêter' },
    says: {
      en: 'end recording and transcription (moderators)',
      fr: 'terminer l’enregistrement et la transcription (modérateurs)',
    },
    run: async ({ order, running }) => {
      const works = await running();
      // Where nothing runs, the scribe itself says so to those who may stop something.
      const asked = works.length === 0 ? (['recording'] as const) : works;
      const failures: unknown[] = [];
      for (const what of asked) {
        await order({ action: 'stop', what }).catch((error: unknown) => failures.push(error));
      }
      // "Stop" stops what runs; that one of them was just ending is no news.
      if (failures.length === asked.length) throw failures[0];
      return undefined;
    },
  },
  consent: {
    words: { en: 'consent', fr: 'consentir' },
    says: { en: 'agree to being recorded', fr: 'accepter d’être enregistré' },
    run: () => Promise.resolve(undefined),
  },
  status: {
    words: { en: 'status', fr: 'état' },
    says: { en: 'what runs, since when, and who started it', fr: 'ce qui est en cours, depuis quand et par qui' },
    run: ({ statusText }) => statusText(),
  },
  help: {
    words: { en: 'help', fr: 'aide' },
    says: { en: 'this list', fr: 'cette liste' },
    run: ({ helpText }) => Promise.resolve(helpText()),
  },
};

const names = Object.keys(COMMANDS) as CommandName[];
const isReaction = (name: CommandName): name is RoomCommand => name in COMMAND_REACTIONS;

/** As phones write it: capitals, or accents left out. */
const bare = (word: string): string => word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * Reads `!palabre record` and its like.
 * @returns undefined for a text that is not meant for us; `unknown` for one that is, and is no command
 */
export function commandOfText(body: string): CommandName | 'unknown' | undefined {
  const [prefix = '', word, ...rest] = body.trim().split(/\s+/);
  if (bare(prefix) !== TEXT_COMMAND_PREFIX) return undefined;
  if (word === undefined) return 'help';
  if (rest.length > 0) return 'unknown';
  return (
    names.find((name) => Object.values(COMMANDS[name].words).some((known) => bare(known) === bare(word))) ?? 'unknown'
  );
}

export { commandOfReaction };

/** The whole table, for people. */
export function helpLines(language: RoomLanguage): HelpLine[] {
  return names.map((name) => ({
    word: COMMANDS[name].words[language],
    says: COMMANDS[name].says[language],
    reaction: isReaction(name) ? COMMAND_REACTIONS[name] : undefined,
  }));
}
