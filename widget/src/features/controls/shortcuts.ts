import { useEffect } from 'react';
import { recall, remember } from '../../memory.ts';
import { useAppSelector } from '../../store/index.ts';

/** Single keys belong to whoever types: not inside fields, not with a modifier, not while an operation repeats. */
export function shortcutOf(event: KeyboardEvent): string | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return undefined;
  const target = event.target;
  if (
    target instanceof HTMLElement &&
    target.closest('input, select, textarea, [contenteditable], [role=menu], [role=listbox], [role=dialog]') !== null
  )
    return undefined;
  return event.key.toLowerCase();
}

/** Listens for single-key shortcuts while the component is there, unless the person wants none. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  const wanted = useAppSelector((state) => state.screen.shortcuts);
  useEffect(() => {
    if (!wanted) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      const key = shortcutOf(event);
      const action = key === undefined ? undefined : actions[key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [actions, wanted]);
}

/** Did the person want single-key shortcuts in their last call? */
export function recallShortcuts(): boolean {
  return recall('shortcuts') !== 'off';
}

export function rememberShortcuts(wanted: boolean): void {
  remember('shortcuts', wanted ? 'on' : 'off');
}
