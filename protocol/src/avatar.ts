/** How people without a picture are drawn: alike in messenger and call. */

/** Calm colours with white text at 4.5 : 1 or more. */
export const AVATAR_COLOURS = [
  '#8a4f2a',
  '#7d4b86',
  '#2f6b62',
  '#3d5f9e',
  '#8b4158',
  '#5c6630',
  '#5a54a4',
  '#2c6a87',
] as const;

/** Place in {@link AVATAR_COLOURS} of a person or room, by their Matrix id. */
export function avatarTone(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % AVATAR_COLOURS.length;
}

/** First letters of the first and the last word of a name; of a bare Matrix id, without its server. */
export function initialsOf(name: string): string {
  const words = (/^[@#!]/.test(name) ? name.slice(1).split(':', 1)[0] : name)
    ?.split(/[\s._-]+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = words?.[0];
  if (first === undefined) return '?';
  const last = words !== undefined && words.length > 1 ? words[words.length - 1] : undefined;
  const letter = (word: string): string => /[\p{L}\p{N}]/u.exec(word)?.[0] ?? '';
  return `${letter(first)}${last === undefined ? '' : letter(last)}`.toLocaleUpperCase();
}
