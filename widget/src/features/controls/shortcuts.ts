import { useEffect } from 'react';

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

/** Listens for single-key shortcuts while the component is there. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const key = shortcutOf(event);
      const action = key === undefined ? undefined : actions[key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [actions]);
}
