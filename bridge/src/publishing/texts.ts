import { frenchSpaces, NOTICE_WORDS } from '@palabre/protocol';
import type { EngineProvenance, Gap, ScribeWork, TranscriptMark } from '@palabre/protocol';
import { ENGINES_EN, ENGINES_FR } from './engine-texts.ts';
import { fitting } from './event-size.ts';
import { someNames } from './people-text.ts';

/** What the scribe says in rooms, in English and French. Texts are plain; builders escape what goes into HTML. */

export type RoomLanguage = 'en' | 'fr';
/** What comes back into the room. */
export type KeptWork = Exclude<ScribeWork, 'captions'>;

/** Somebody in the lobby, as the room is told. */
export interface LobbyLine {
  readonly name: string;
  readonly state: 'waiting' | 'admitted' | 'turned_away';
  readonly by: string | undefined;
}

interface LobbyTexts {
  /** Who waits, how to decide, and what was decided. */
  readonly notice: (
    people: readonly LobbyLine[],
    reactions: { readonly admit: string; readonly turn_away: string },
  ) => string;
  readonly gone: string;
  readonly notAllowed: string;
}

export interface Texts {
  readonly lobby: LobbyTexts;
  /** @param paused nothing is kept of the recording for now */
  readonly meetingRunning: (what: readonly KeptWork[], paused: boolean) => string;
  /** Results that are worked out at the moment. */
  readonly preparing: Readonly<Record<KeptWork, string>>;
  readonly meetingEnded: (duration: string, people: string) => string;
  readonly transcriptTitle: (part: number, parts: number) => string;
  readonly transcriptEmpty: string;
  readonly transcriptRest: string;
  readonly mark: (kind: TranscriptMark['kind'], name: string) => string;
  /** What files of results are called, before the time. */
  readonly file: Readonly<Record<'transcript' | 'recording', string>>;
  /** @param paused it was paused, which its length leaves out */
  readonly recordingTitle: (duration: string, paused: boolean) => string;
  readonly gapsTitle: string;
  /** Gaps that are not listed. */
  readonly moreGaps: (count: number) => string;
  /** Which engines the text comes from, a line each; the first names what they are. */
  readonly engines: (engines: readonly EngineProvenance[]) => readonly string[];
  /** @param name whose sound is missing, where it is one person's */
  readonly gap: (from: string, to: string, reason: Gap['reason'], name?: string) => string;
  readonly notices: Readonly<Record<NoticeCode, string>>;
  /** Where a recording is that is too large to be attached; a link follows. */
  readonly recordingKept: (size: string) => string;
  readonly refusals: Refusals;
  readonly reasons: Reasons;
}

/** Why a bot comes, comes not, or goes: shown by clients beside the change of membership. */
export interface Reasons {
  readonly declinesDirect: string;
  /** @param room the old one's id: of which upgrade it speaks */
  readonly followsUpgrade: (room: string) => string;
  readonly wrongSuccessor: string;
  readonly refusesPower: string;
}

/** Why a command is not obeyed, for the person who gave it. */
export interface Refusals {
  readonly notModerator: string;
  /** A moderator, and policy does not let people of their server. */
  readonly notOfThisServer: string;
  readonly directRoom: string;
  readonly serverStarting: string;
  readonly serverRestarting: string;
  readonly inviteScribe: (userId: string) => string;
  readonly inviteWatcher: string;
  readonly nobodyInCall: string;
  readonly noScribe: string;
  readonly noSpeech: string;
  readonly noRecording: string;
  readonly formerResults: string;
  readonly noCaptions: string;
  readonly already: Readonly<Record<ScribeWork, string>>;
  readonly notRunning: Readonly<Record<ScribeWork, string>>;
  readonly nothingRuns: string;
  readonly noCapacity: string;
  readonly alreadyPaused: string;
  readonly notPaused: string;
  readonly roomReplaced: string;
}

/** Stable codes of notices (`code` of the notice block). */
export type NoticeCode =
  | 'captions_on'
  | 'consent_externs'
  | 'capture_interrupted'
  | 'capture_delayed'
  | 'speech_away'
  | 'speech_unavailable'
  | 'scribe_failed'
  | 'recorder_failed'
  | 'recording_empty'
  | 'recording_failed'
  | 'recording_not_agreed'
  | 'transcription_not_agreed'
  | 'recording_limit'
  | 'upload_refused'
  | 'results_delayed'
  | 'results_refused';

const REASONS_EN: Readonly<Record<Gap['reason'], string>> = {
  scribe_restarted: 'the scribe had to be restarted',
  speech_unavailable: 'the speech recognition was not available',
  recorder_restarted: 'the recorder had to be restarted',
  keys_missing: 'the keys to decrypt were missing',
  track_lost: 'no sound arrived',
  sfu_unreachable: 'the media server of a partner could not be reached',
  connection_lost: 'the connection of the scribe to the call was interrupted',
};

const REASONS_FR: Readonly<Record<Gap['reason'], string>> = {
  scribe_restarted: 'le scribe a dû être relancé',
  speech_unavailable: 'la reconnaissance vocale n’était pas disponible',
  recorder_restarted: 'l’enregistreur a dû être relancé',
  keys_missing: 'les clés de déchiffrement manquaient',
  track_lost: 'aucun son n’est arrivé',
  sfu_unreachable: 'le serveur média d’un partenaire était injoignable',
  connection_lost: 'la connexion du scribe à l’appel a été interrompue',
};

type Marks = Readonly<Record<TranscriptMark['kind'], (name: string) => string>>;

const MARKS_EN: Marks = {
  joined: (name) => `${name} joined`,
  left: (name) => `${name} left`,
  recording_started: () => 'Recording started',
  recording_paused: (name) => (name === '' ? 'Recording paused' : `Recording paused by ${name}`),
  recording_resumed: (name) => (name === '' ? 'Recording resumed' : `Recording resumed by ${name}`),
  recording_stopped: () => 'Recording stopped',
  message: (name) => `${name} wrote in the room`,
};

const MARKS_FR: Marks = {
  joined: (name) => `${name} a rejoint la réunion`,
  left: (name) => `${name} a quitté la réunion`,
  recording_started: () => 'Début de l’enregistrement',
  recording_paused: (name) => (name === '' ? 'Enregistrement en pause' : `Enregistrement mis en pause par ${name}`),
  recording_resumed: (name) => (name === '' ? 'Reprise de l’enregistrement' : `Enregistrement repris par ${name}`),
  recording_stopped: () => 'Fin de l’enregistrement',
  message: (name) => `${name} a écrit dans le salon`,
};

function lobbyNotice(
  people: readonly LobbyLine[],
  waits: (names: string, several: boolean) => string,
  decided: (name: string, admitted: boolean, by: string | undefined) => string,
  language: RoomLanguage,
): string {
  const waiting = people.filter(({ state }) => state === 'waiting').map(({ name }) => name);
  const done = people.filter(({ state }) => state !== 'waiting');
  const { kept, left } = fitting(
    done.map(({ name, state, by }) => decided(name, state === 'admitted', by)),
    MOST_DECIDED_BYTES,
  );
  return [
    ...(waiting.length === 0 ? [] : [waits(someNames(waiting, 0, language), waiting.length > 1)]),
    ...kept,
    // Decided about, too.
    ...(left === 0 ? [] : [`+ ${left}`]),
  ].join('\n');
}

/** An edit holds its text twice. */
const MOST_DECIDED_BYTES = 8_000;

/** For those whose client has no buttons: the only way in encrypted rooms, where no bot reads what people write. */
const REACTIONS_EN =
  'Moderators may react to this message: 🔴 record, ⏸ pause and ▶ resume the recording, 📝 transcribe, ⏹ stop.';
const REACTIONS_FR =
  'Les modérateurs peuvent réagir à ce message : 🔴 enregistrer, ⏸ mettre l’enregistrement en pause, ▶ le reprendre, 📝 transcrire, ⏹ arrêter.';

function pausedEn(what: readonly KeptWork[]): string {
  return what.length === 2
    ? '⏸ The recording of this meeting is paused: nothing of it is kept. The meeting is being transcribed.'
    : '⏸ The recording of this meeting is paused: nothing is kept.';
}

function pausedFr(what: readonly KeptWork[]): string {
  return what.length === 2
    ? '⏸ L’enregistrement de cette réunion est en pause : rien n’en est conservé. La réunion est transcrite.'
    : '⏸ L’enregistrement de cette réunion est en pause : rien n’est conservé.';
}

function runningEn(what: readonly KeptWork[]): string {
  if (what.length === 2)
    return '🔴 This meeting is being recorded and transcribed. The results will be posted in this thread.';
  if (what[0] === 'recording') return '🔴 This meeting is being recorded. The recording will be posted in this thread.';
  if (what[0] === 'transcription')
    return '📝 This meeting is being transcribed. The transcript will be posted in this thread.';
  return 'This meeting is no longer recorded or transcribed. The results are posted in this thread.';
}

function runningFr(what: readonly KeptWork[]): string {
  if (what.length === 2)
    return '🔴 Cette réunion est enregistrée et transcrite. Les résultats seront publiés dans ce fil.';
  if (what[0] === 'recording') return '🔴 Cette réunion est enregistrée. L’enregistrement sera publié dans ce fil.';
  if (what[0] === 'transcription') return '📝 Cette réunion est transcrite. La transcription sera publiée dans ce fil.';
  return 'Cette réunion n’est plus ni enregistrée ni transcrite. Les résultats sont publiés dans ce fil.';
}

const EN: Texts = {
  lobby: {
    notice: (people, { admit, turn_away: turnAway }) =>
      lobbyNotice(
        people,
        (names, several) =>
          `🚪 ${names} ${several ? 'wait' : 'waits'} to be let into the call. Moderators: react ${admit} to let ${several ? 'all of them' : 'them'} in, ${turnAway} to turn them away.`,
        (name, admitted, by) =>
          `${admitted ? admit : turnAway} ${name} was ${admitted ? 'let in' : 'turned away'}${by === undefined ? '' : ` by ${by}`}.`,
        'en',
      ),
    gone: '🚪 Nobody is waiting to be let into the call any more.',
    notAllowed: 'Only moderators of this room who belong to this server may let people into the call.',
  },
  meetingRunning: (what, paused) => `${paused ? pausedEn(what) : runningEn(what)}\n${REACTIONS_EN}`,
  preparing: {
    recording: '⏳ The recording is being prepared.',
    transcription: '⏳ The transcript is being prepared.',
  },
  meetingEnded: (duration, people) => `Meeting with ${people}, lasted ${duration}. The results are in this thread.`,
  transcriptTitle: (part, parts) => (parts > 1 ? `Transcript (${part} of ${parts})` : 'Transcript'),
  transcriptEmpty: 'Nobody was heard speaking.',
  transcriptRest: 'The rest is in the attached file.',
  mark: (kind, name) => MARKS_EN[kind](name),
  file: { transcript: 'transcript', recording: 'recording' },
  recordingTitle: (duration, paused) => `Recording (${duration}${paused ? ', pauses left out' : ''})`,
  gapsTitle: 'Missing',
  moreGaps: (count) => `and ${count} more.`,
  engines: ENGINES_EN,
  gap: (from, to, reason, name) => `${from} to ${to}: ${REASONS_EN[reason]}${name === undefined ? '' : ` (${name})`}`,
  notices: {
    ...NOTICE_WORDS.en,
    consent_externs:
      '✋ An external participant is in the call. From now on only those who agree are recorded and transcribed: answer in the call, or with ✅ or ❌ on the message above.',
  },
  recordingKept: (size) =>
    `It is too large to be attached (${size}): it is kept on the server, encrypted, and members of this room can watch it here:`,
  refusals: {
    notModerator: 'Only moderators of this room may record or transcribe.',
    notOfThisServer: 'People of your server may not record or transcribe here, moderators included.',
    directRoom: 'Recording and transcription are not available in direct messages.',
    serverStarting: 'The server is still starting. Try again in a moment.',
    serverRestarting: 'The server is being restarted. Try again in a moment.',
    inviteScribe: (userId) => `Invite ${userId} to this room, then try again.`,
    inviteWatcher: 'Invite the watcher to this room first.',
    nobodyInCall: 'Nobody is in the call of this room.',
    noScribe: 'Recording and transcription are not set up on this server: ask your administrator.',
    noSpeech: 'Speech recognition is not set up on this server.',
    noRecording: 'Recording is not set up on this server.',
    formerResults: 'The results of the previous meeting are still being posted. Try again in a moment.',
    noCaptions: 'Captions are not open to people of your server.',
    already: {
      captions: 'The captions of this call are just ending. Try again in a moment.',
      recording: 'This meeting is already being recorded.',
      transcription: 'This meeting is already being transcribed.',
    },
    notRunning: {
      captions: 'There are no captions in this call.',
      recording: 'This meeting is not being recorded.',
      transcription: 'This meeting is not being transcribed.',
    },
    nothingRuns: 'Nothing is being recorded or transcribed here.',
    noCapacity:
      'This server cannot take on another recording right now. Try again in a few minutes, or record the sound only.',
    alreadyPaused: 'The recording is already paused.',
    notPaused: 'The recording is not paused.',
    roomReplaced: 'This room has been replaced by a newer one: record or transcribe there.',
  },
  reasons: {
    declinesDirect: 'Palabre does not enter direct messages. Calls work; they are neither recorded nor transcribed.',
    followsUpgrade: (room) => `Palabre follows the upgrade of ${room}.`,
    wrongSuccessor: 'This room does not say that it replaces the room Palabre came from.',
    refusesPower: 'Palabre must not administer rooms. Invite it again as an ordinary member.',
  },
};

const FR = frenchSpaces<Texts>({
  lobby: {
    notice: (people, { admit, turn_away: turnAway }) =>
      lobbyNotice(
        people,
        (names, several) =>
          `🚪 ${names} ${several ? 'attendent' : 'attend'} d’être admis dans l’appel. Modérateurs : réagissez avec ${admit} pour ${several ? 'les admettre' : 'l’admettre'}, avec ${turnAway} pour refuser.`,
        (name, admitted, by) =>
          `${admitted ? admit : turnAway} ${name} : ${admitted ? 'entrée acceptée' : 'entrée refusée'}${by === undefined ? '' : ` par ${by}`}.`,
        'fr',
      ),
    gone: '🚪 Plus personne n’attend d’être admis dans l’appel.',
    notAllowed:
      'Seuls les modérateurs de ce salon qui appartiennent à ce serveur peuvent admettre quelqu’un dans l’appel.',
  },
  meetingRunning: (what, paused) => `${paused ? pausedFr(what) : runningFr(what)}\n${REACTIONS_FR}`,
  preparing: {
    recording: '⏳ L’enregistrement est en préparation.',
    transcription: '⏳ La transcription est en préparation.',
  },
  meetingEnded: (duration, people) => `Réunion avec ${people}, durée ${duration}. Les résultats sont dans ce fil.`,
  transcriptTitle: (part, parts) => (parts > 1 ? `Transcription (${part} sur ${parts})` : 'Transcription'),
  transcriptEmpty: 'Personne n’a été entendu.',
  transcriptRest: 'La suite est dans le fichier joint.',
  mark: (kind, name) => MARKS_FR[kind](name),
  file: { transcript: 'transcription', recording: 'enregistrement' },
  recordingTitle: (duration, paused) => `Enregistrement (${duration}${paused ? ', sans les pauses' : ''})`,
  gapsTitle: 'Manque',
  moreGaps: (count) => (count === 1 ? 'et 1 autre passage.' : `et ${count} autres passages.`),
  engines: ENGINES_FR,
  gap: (from, to, reason, name) =>
    `de ${from} à ${to} : ${REASONS_FR[reason]}${name === undefined ? '' : ` (${name})`}`,
  notices: {
    ...NOTICE_WORDS.fr,
    consent_externs:
      '✋ Une personne externe participe à l’appel. Désormais, seules les personnes qui l’acceptent sont enregistrées et transcrites : répondez dans l’appel, ou par ✅ ou ❌ sur le message ci-dessus.',
  },
  recordingKept: (size) =>
    `Il est trop volumineux pour être joint (${size}) : il est conservé sur le serveur, chiffré, et les membres de ce salon peuvent le regarder ici :`,
  refusals: {
    notModerator: 'Seuls les modérateurs de ce salon peuvent enregistrer ou transcrire.',
    notOfThisServer:
      'Les personnes de votre serveur ne peuvent ni enregistrer ni transcrire ici, même comme modérateurs.',
    directRoom: 'L’enregistrement et la transcription ne sont pas disponibles dans les messages directs.',
    serverStarting: 'Le serveur démarre encore. Réessayez dans un instant.',
    serverRestarting: 'Le serveur redémarre. Réessayez dans un instant.',
    inviteScribe: (userId) => `Invitez ${userId} dans ce salon, puis réessayez.`,
    inviteWatcher: 'Invitez d’abord l’observateur dans ce salon.',
    nobodyInCall: 'Personne n’est dans l’appel de ce salon.',
    noScribe:
      'L’enregistrement et la transcription ne sont pas configurés sur ce serveur : demandez à votre administrateur.',
    noSpeech: 'La reconnaissance vocale n’est pas configurée sur ce serveur.',
    noRecording: 'L’enregistrement n’est pas configuré sur ce serveur.',
    formerResults: 'Les résultats de la réunion précédente sont en cours de publication. Réessayez dans un instant.',
    noCaptions: 'Les sous-titres ne sont pas ouverts aux personnes de votre serveur.',
    already: {
      captions: 'Les sous-titres de cet appel se terminent. Réessayez dans un instant.',
      recording: 'L’enregistrement de cette réunion est déjà en cours.',
      transcription: 'La transcription de cette réunion est déjà en cours.',
    },
    notRunning: {
      captions: 'Il n’y a pas de sous-titres dans cet appel.',
      recording: 'Cette réunion n’est pas en cours d’enregistrement.',
      transcription: 'Cette réunion n’est pas en cours de transcription.',
    },
    nothingRuns: 'Rien n’est enregistré ni transcrit ici.',
    noCapacity:
      'Ce serveur ne peut pas prendre en charge un enregistrement de plus pour l’instant. Réessayez dans quelques minutes, ou n’enregistrez que le son.',
    alreadyPaused: 'L’enregistrement est déjà en pause.',
    notPaused: 'L’enregistrement n’est pas en pause.',
    roomReplaced: 'Ce salon a été remplacé par un nouveau : enregistrez ou transcrivez là-bas.',
  },
  reasons: {
    declinesDirect:
      'Palabre n’entre pas dans les messages directs. Les appels y fonctionnent, sans enregistrement ni transcription.',
    followsUpgrade: (room) => `Palabre suit la mise à niveau de ${room}.`,
    wrongSuccessor: 'Ce salon n’indique pas qu’il remplace celui d’où vient Palabre.',
    refusesPower: 'Palabre ne doit pas administrer de salon. Invitez-le de nouveau comme simple membre.',
  },
});

export function textsFor(language: RoomLanguage): Texts {
  return language === 'fr' ? FR : EN;
}

/** `1 h 02 min`, `12 min`, `34 s`: understood in both languages. What is over, as clocks tell it. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `12.3 MB`. */
export function sizeText(bytes: number, language: RoomLanguage): string {
  const unit = language === 'fr' ? 'Mo' : 'MB';
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / 1_000_000)} ${unit}`;
}
