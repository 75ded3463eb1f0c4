import './avatar.css';

/** Calm colours with white text at 4.5 : 1 or more. */
const COLOURS = ['#8a4f2a', '#7d4b86', '#2f6b62', '#3d5f9e', '#8b4158', '#5c6630', '#5a54a4', '#2c6a87'] as const;

/** The same person has the same colour on every screen. */
export function colourOf(userId: string): string {
  let hash = 0;
  for (const character of userId) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return COLOURS[hash % COLOURS.length] ?? COLOURS[0];
}

/** The same colours, light enough to be read on the stage (7 : 1 or more). */
const LIGHT = ['#f2b98a', '#e3b5ec', '#86d9c9', '#a9c4ff', '#f5a9c0', '#cbd890', '#c4bdff', '#8fd0f0'] as const;

/** A person's colour as text on the stage. */
export function speakerColourOf(userId: string): string {
  return LIGHT[COLOURS.findIndex((colour) => colour === colourOf(userId))] ?? LIGHT[0];
}

/** First letters of the first and the last word of a name; of a bare user id, the letter after `@`. */
export function initialsOf(name: string): string {
  const words = name
    .replace(/^@/, '')
    .split(':')[0]
    ?.split(/[\s._-]+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = words?.[0];
  if (first === undefined) return '?';
  const last = words !== undefined && words.length > 1 ? words[words.length - 1] : undefined;
  const letter = (word: string): string => /[\p{L}\p{N}]/u.exec(word)?.[0] ?? '';
  return `${letter(first)}${last === undefined ? '' : letter(last)}`.toLocaleUpperCase();
}

/** A person without a picture. The name stands beside it, so it is silent for screen readers. */
export function Avatar({ userId, name, size }: { userId: string; name: string; size: 'small' | 'fluid' }) {
  return (
    <span className={`avatar avatar-${size}`} style={{ backgroundColor: colourOf(userId) }} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}
