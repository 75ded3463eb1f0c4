import type { LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { useAppSelector } from '../../store/index.ts';

export interface ControlProps extends Omit<ComponentProps<'button'>, 'title' | 'children'> {
  readonly icon: LucideIcon;
  /** One word below the icon, where there is room. */
  readonly label: string;
  /** What pressing it does; shown on hover, and read after the name. */
  readonly action: string;
  /** `off`: a device that is switched off; `active`: something that goes on. */
  readonly tone?: 'plain' | 'off' | 'active' | 'leave';
  readonly busy?: boolean;
  /** The single key that does the same. */
  readonly shortcut?: string;
}

/** A button of the bar. Its name is what stands on it (or the action, where there is no room for a word). */
export function Control({
  icon: Icon,
  label,
  action,
  tone = 'plain',
  busy = false,
  shortcut,
  ...button
}: ControlProps) {
  const key = useAppSelector((state) => (state.screen.shortcuts ? shortcut : undefined));
  return (
    <button
      type="button"
      className={`control control-${tone}`}
      title={key === undefined ? action : `${action} (${key})`}
      aria-keyshortcuts={key}
      aria-busy={busy}
      {...button}
    >
      {busy ? <span className="spinner" aria-hidden="true" /> : <Icon size={20} aria-hidden="true" />}
      <span className="control-label">{label}</span>
    </button>
  );
}
