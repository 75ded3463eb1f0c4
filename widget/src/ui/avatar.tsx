import { AVATAR_COLOURS, avatarTone, initialsOf } from '@palabre/protocol';
import './avatar.css';

/** The colours of avatars, light enough to be read on the stage (7 : 1 or more). */
const LIGHT = ['#f2b98a', '#e3b5ec', '#86d9c9', '#a9c4ff', '#f5a9c0', '#cbd890', '#c4bdff', '#8fd0f0'] as const;

/** A person's colour as text on the stage. */
export function speakerColourOf(userId: string): string {
  return LIGHT[avatarTone(userId)] ?? LIGHT[0];
}

/** A person without a picture. The name stands beside it, so it is silent for screen readers. */
export function Avatar({ userId, name, size }: { userId: string; name: string; size: 'small' | 'fluid' }) {
  return (
    <span
      className={`avatar avatar-${size}`}
      style={{ backgroundColor: AVATAR_COLOURS[avatarTone(userId)] }}
      aria-hidden="true"
    >
      {initialsOf(name)}
    </span>
  );
}
