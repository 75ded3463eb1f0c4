import { CONSENT_TEXTS, frenchSpaces, strictest, type ConsentLevel } from '@palabre/protocol';
import type { KeptWork, RoomLanguage } from './texts.ts';

/** What rooms are told about consent. */
interface ConsentRoomTexts {
  /** Under the message that says what is kept: what is asked, how to answer it, and how it stands. */
  readonly asked: (agreed: number, others: number) => string;
  /** Before that, where it is asked only because of them. */
  readonly externs: string;
  /** In results: how many people never agreed to be in them. */
  readonly notKept: (count: number, what: KeptWork) => string;
  /** In place of somebody's picture. */
  readonly notRecorded: string;
  /** Said to whoever sets the level of a room: what was set, what counts now, and why where that is not the same. */
  readonly level: (setting: RoomSetting) => string;
  readonly levelRefused: string;
  /** To whoever replied "yes" when it did not count any more. */
  readonly late: string;
}

/** How consent is asked in a room, after it was set there. */
export interface RoomSetting {
  /** Undefined: as the administrator set it. */
  readonly chosen: ConsentLevel | undefined;
  /** As the administrator set it. */
  readonly standard: ConsentLevel;
  /** What counts. */
  readonly level: ConsentLevel;
}

const isOverruled = (chosen: ConsentLevel | undefined, standard: ConsentLevel): boolean =>
  chosen !== undefined && strictest([chosen, standard]) !== chosen;

/** In a meeting the level never falls. */
const isHeld = ({ chosen, standard, level }: RoomSetting): boolean => strictest([chosen, standard]) !== level;

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
      'To agree to both, react to this message with ✅ or reply “yes” to it. To refuse or to withdraw, react with ❌ or reply “no”.',
      `So far: ${agreed} agreed, ${others} did not.`,
    ].join('\n'),
  externs: 'An external participant is in the call: from now on everybody is asked.',
  notKept: (count, what) =>
    `${count} ${count === 1 ? 'person' : 'people'} did not agree to be ${what === 'recording' ? 'recorded' : 'transcribed'}: nothing of them is in here.`,
  notRecorded: 'Not recorded',
  level: ({ chosen, standard, level }) =>
    [
      chosen === undefined
        ? `This room now follows the setting of the server, “${standard}”.`
        : `This room is now set to “${chosen}”.`,
      ...(isOverruled(chosen, standard)
        ? [`That changes nothing for now: the server is set to “${standard}”, which is stricter and counts.`]
        : []),
      ...(isHeld({ chosen, standard, level })
        ? [`The meeting that runs keeps the stricter setting that it has had, “${level}”.`]
        : []),
      LEVELS_EN[level],
    ].join(' '),
  levelRefused: 'Only moderators of this room who belong to this server may change how consent is asked.',
  late: 'This “yes” came too late and does not count. If a meeting is asking now, agree in its call, or react to its message with ✅ or reply “yes” to it again.',
};

const FR = frenchSpaces<ConsentRoomTexts>({
  asked: (agreed, others) =>
    [
      '✋ Seules les personnes qui l’acceptent sont enregistrées et transcrites ; tout le monde peut rester dans l’appel.',
      `${CONSENT_TEXTS.fr.recording} ${CONSENT_TEXTS.fr.transcription} ${CONSENT_TEXTS.fr.terms}`,
      'Pour accepter les deux, réagissez à ce message avec ✅ ou répondez-y « oui ». Pour refuser ou revenir sur votre accord, réagissez avec ❌ ou répondez « non ».',
      `Jusqu’ici : ${agreed} ${agreed > 1 ? 'accords' : 'accord'}, ${others} sans accord.`,
    ].join('\n'),
  externs: 'Une personne externe participe à l’appel : l’accord de chacun est désormais demandé.',
  notKept: (count, what) => {
    const done = what === 'recording' ? 'enregistrée' : 'transcrite';
    return count === 1
      ? `1 personne n’a pas accepté d’être ${done} : rien d’elle ne figure ici.`
      : `${count} personnes n’ont pas accepté d’être ${done}s : rien d’elles ne figure ici.`;
  },
  notRecorded: 'Non enregistré',
  level: ({ chosen, standard, level }) =>
    [
      chosen === undefined
        ? `Ce salon suit maintenant le réglage du serveur, « ${standard} ».`
        : `Ce salon est maintenant réglé sur « ${chosen} ».`,
      ...(isOverruled(chosen, standard)
        ? [
            `Cela ne change rien pour l’instant : le serveur est réglé sur « ${standard} », plus strict, qui s’applique.`,
          ]
        : []),
      ...(isHeld({ chosen, standard, level })
        ? [`La réunion en cours garde le réglage plus strict qu’elle a eu, « ${level} ».`]
        : []),
      LEVELS_FR[level],
    ].join(' '),
  levelRefused: 'Seuls les modérateurs de ce salon qui appartiennent à ce serveur peuvent changer la demande d’accord.',
  late: 'Ce « oui » est arrivé trop tard et ne compte pas. Si une réunion demande votre accord en ce moment, donnez-le dans l’appel, ou réagissez à son message avec ✅ ou répondez-y de nouveau « oui ».',
});

export function consentTextsFor(language: RoomLanguage): ConsentRoomTexts {
  return language === 'fr' ? FR : EN;
}
