import { isKept, type KeptPeople } from '../contract.ts';

/** What a track is read for. */
export type Purpose = 'listening' | 'mixing' | 'captioning';

/** Does this person's consent cover it? Captions keep nothing, so they need none. */
export function mayHear(kept: KeptPeople, purpose: Purpose, userId: string): boolean {
  switch (purpose) {
    case 'listening':
      return isKept(kept.transcription, userId);
    case 'mixing':
      return isKept(kept.recording, userId);
    case 'captioning':
      return true;
  }
}

/**
 * What a member's sound is to be read for: for nothing means that it is not even subscribed to.
 * @param active what the scribe does now
 * @param isSpeech what a shared screen plays was not said by the one who shares it
 */
export function purposesFor(
  active: ReadonlySet<Purpose>,
  kept: KeptPeople,
  userId: string,
  isSpeech: boolean,
): readonly Purpose[] {
  return [...active].filter((purpose) => (isSpeech || purpose === 'mixing') && mayHear(kept, purpose, userId));
}
