import { CONSENT_TEXTS, type ConsentLevel } from '@palabre/protocol';
import type { KeptWork, RoomLanguage } from './texts.ts';

/** What rooms are told about consent. */
interface ConsentRoomTexts {
  /** Under the message that says what is kept: what is asked, how to answer it, and how it stands. */
  readonly asked: (agreed: number, others: number) => string;
  /** In results: how many people never agreed to be in them. */
  readonly notKept: (count: number, what: KeptWork) => string;
  /** In place of somebody's picture. */
  readonly notRecorded: string;
  readonly level: (level: ConsentLevel, standard: ConsentLevel) => string;
  readonly levelRefused: string;
}

const LEVELS_EN: Readonly<Record<ConsentLevel, string>> = {
  off: 'Recording and transcription are shown in calls, and nobody is asked.',
  announce: 'Recording and transcription are announced in calls of this room, and nobody is asked.',
  ask: 'In calls of this room only those who agree are recorded and transcribed.',
};
const LEVELS_FR: Readonly<Record<ConsentLevel, string>> = {
  off: 'L’enregistrement et la transcription sont affichés dans les appels, sans demande d’accord.',
  announce: 'L’enregistrement et la transcription sont annoncés dans les appels de ce salon, sans demande d’accord.',
  ask: 'Dans les appels de ce salon, seules les personnes qui l’acceptent sont enregistrées et transcrites.',
};

const EN: ConsentRoomTexts = {
  asked: (agreed, others) =>
    [
      '✋ Only those who agree are recorded and transcribed; everybody can stay in the call.',
      `${CONSENT_TEXTS.en.recording} ${CONSENT_TEXTS.en.transcription} ${CONSENT_TEXTS.en.terms}`,
      'To agree to both, react to this message with ✅ or reply “yes” to it. To withdraw, take the reaction away or reply “no”.',
      `So far: ${agreed} agreed, ${others} did not.`,
    ].join('\n'),
  notKept: (count, what) =>
    `${count} ${count === 1 ? 'person' : 'people'} did not agree to be ${what === 'recording' ? 'recorded' : 'transcribed'}: nothing of them is in here.`,
  notRecorded: 'Not recorded',
  level: (level, standard) =>
    `${LEVELS_EN[level]} Set by the server: ${standard}. The stricter of server and room counts; a meeting that is being recorded keeps the stricter one.`,
  levelRefused: 'Only moderators of this room who belong to this server may change how consent is asked.',
};

const FR: ConsentRoomTexts = {
  asked: (agreed, others) =>
    [
      '✋ Seules les personnes qui l’acceptent sont enregistrées et transcrites ; tout le monde peut rester dans l’appel.',
      `${CONSENT_TEXTS.fr.recording} ${CONSENT_TEXTS.fr.transcription} ${CONSENT_TEXTS.fr.terms}`,
      'Pour accepter les deux, réagissez à ce message avec ✅ ou répondez-y « oui ». Pour revenir sur votre accord, retirez la réaction ou répondez « non ».',
      `Jusqu’ici : ${agreed} ${agreed > 1 ? 'accords' : 'accord'}, ${others} sans accord.`,
    ].join('\n'),
  notKept: (count, what) => {
    const done = what === 'recording' ? 'enregistrée' : 'transcrite';
    return count === 1
      ? `1 personne n’a pas accepté d’être ${done} : rien d’elle ne figure ici.`
      : `${count} personnes n’ont pas accepté d’être ${done}s : rien d’elles ne figure ici.`;
  },
  notRecorded: 'Non enregistré',
  level: (level, standard) =>
    `${LEVELS_FR[level]} Réglage du serveur : ${standard}. Le plus strict des deux réglages, serveur ou salon, s’applique ; une réunion en cours d’enregistrement garde le plus strict.`,
  levelRefused: 'Seuls les modérateurs de ce salon qui appartiennent à ce serveur peuvent changer la demande d’accord.',
};

export function consentTextsFor(language: RoomLanguage): ConsentRoomTexts {
  return language === 'fr' ? FR : EN;
}
