import { COMMAND_REACTIONS, commandOfReaction, TEXT_COMMAND_PREFIX, USUAL_RECORDING } from '@palabre/protocol';
import type { RecordingLayout, RoomCommand, ScribeCommand, ScribeWork } from '@palabre/protocol';
import type { HelpLine, RoomLanguage } from '../publishing/index.ts';

/** Every command that can be given in a room, by reaction or in words: one entry each. */

export type CommandName = RoomCommand | 'status' | 'help';

/** What comes back into the room. */
type ResultWork = Exclude<ScribeWork, 'captions'>;

/** A command with what was said of it. */
export interface Said {
  readonly name: CommandName;
  /** Of a recording that is to begin. */
  readonly layout?: RecordingLayout;
}

/** What a command may do on behalf of the person who gave it. */
export interface CommandPorts {
  readonly order: (command: ScribeCommand) => Promise<void>;
  /** What comes back into the room and runs now. */
  readonly running: () => Promise<readonly ResultWork[]>;
  readonly statusText: () => Promise<string>;
  readonly helpText: () => string;
}

interface CommandEntry {
  /** Understood in every room, whatever its language. */
  readonly words: Readonly<Record<RoomLanguage, string>>;
  readonly says: Readonly<Record<RoomLanguage, string>>;
  /** Of what it ends it must be heard however late it comes. */
  readonly ends?: readonly ResultWork[];
  /** @returns what is answered; undefined: what happens is answer enough */
  readonly run: (ports: CommandPorts, said: Said) => Promise<string | undefined>;
}

const order =
  (action: ScribeCommand['action'], what: ScribeWork): CommandEntry['run'] =>
  async (ports, { layout }) => {
    await ports.order({
      action,
      what,
      ...(layout === undefined ? {} : { recording: { ...USUAL_RECORDING, layout } }),
    });
    return undefined;
  };

/** What may stand behind "record"; in every language, like the commands. */
const LAYOUT_WORDS: Readonly<Record<RecordingLayout, readonly string[]>> = {
  screen: ['screen', 'écran'],
  grid: ['grid', 'grille'],
  speaker: ['speaker', 'orateur'],
  audio: ['audio', 'son'],
};

export const COMMANDS: Readonly<Record<CommandName, CommandEntry>> = {
  record: {
    words: { en: 'record', fr: 'enregistrer' },
    says: {
      en: 'record the call (moderators); one of grid, speaker, screen and audio behind it says how',
      fr: 'enregistrer l’appel (modérateurs) ; suivi de grille, orateur, écran ou son pour choisir la façon',
    },
    run: order('start', 'recording'),
  },
  pause: {
    words: { en: 'pause', fr: 'pause' },
    says: {
      en: 'pause the recording: it keeps nothing until it is resumed; a transcript goes on (moderators)',
      fr: 'mettre l’enregistrement en pause : il ne garde rien avant la reprise ; une transcription continue (modérateurs)',
    },
    ends: ['recording'],
    run: order('pause', 'recording'),
  },
  resume: {
    words: { en: 'resume', fr: 'reprendre' },
    says: { en: 'go on with a paused recording (moderators)', fr: 'reprendre l’enregistrement (modérateurs)' },
    run: order('resume', 'recording'),
  },
  transcribe: {
    words: { en: 'transcribe', fr: 'transcrire' },
    says: { en: 'transcribe the call (moderators)', fr: 'transcrire l’appel (modérateurs)' },
    run: order('start', 'transcription'),
  },
  captions: {
    words: { en: 'captions', fr: 'sous-titres' },
    says: {
      en: 'bring the scribe in for live captions, of which nothing is kept',
      fr: 'faire venir le scribe pour les sous-titres en direct, dont rien n’est conservé',
    },
    run: order('start', 'captions'),
  },
  stop: {
    words: { en: 'stop', fr: 'arrêter' },
    says: {
      en: 'end recording and transcription (moderators)',
      fr: 'terminer l’enregistrement et la transcription (modérateurs)',
    },
    ends: ['recording', 'transcription'],
    run: async ({ order: give, running }) => {
      const works = await running();
      // Where nothing runs, the scribe itself says so to those who may stop something.
      const asked = works.length === 0 ? (['recording'] as const) : works;
      const failures: unknown[] = [];
      for (const what of asked) {
        await give({ action: 'stop', what }).catch((error: unknown) => failures.push(error));
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
  refuse: {
    words: { en: 'refuse', fr: 'refuser' },
    says: {
      en: 'refuse to be recorded, or withdraw what you agreed to',
      fr: 'refuser d’être enregistré, ou revenir sur votre accord',
    },
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

const layouts = Object.keys(LAYOUT_WORDS) as RecordingLayout[];
const means = (word: string, known: readonly string[]): boolean => known.some((one) => bare(one) === bare(word));

/**
 * Reads `!palabre record grid` and its like.
 * @returns undefined for a text that is not meant for us; `unknown` for one that is, and is no command
 */
export function commandOfText(body: string): Said | 'unknown' | undefined {
  const [prefix = '', word, how, ...rest] = body.trim().split(/\s+/);
  if (bare(prefix) !== TEXT_COMMAND_PREFIX) return undefined;
  if (word === undefined) return { name: 'help' };
  const name = names.find((one) => means(word, Object.values(COMMANDS[one].words)));
  if (name === undefined || rest.length > 0) return 'unknown';
  if (how === undefined) return { name };
  const layout = name === 'record' ? layouts.find((one) => means(how, LAYOUT_WORDS[one])) : undefined;
  return layout === undefined ? 'unknown' : { name, layout };
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
