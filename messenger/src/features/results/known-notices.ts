import { en } from '../../i18n/en.ts';

type KnownNotice = keyof typeof en.results.notices;

/**
 * Codes of notices that say the same whenever they are posted. The others name people or times, or have several meanings: their text
 * is shown as it was posted, in the bridge's language.
 */
export function isKnownNotice(code: string): code is KnownNotice {
  return Object.hasOwn(en.results.notices, code);
}
