import { useEffect, useRef, type FocusEvent, type RefObject } from 'react';

/** Only what the person already works in may take the keyboard: the messenger around us may have it. */
function take(element: HTMLElement | null | undefined): void {
  if (document.hasFocus()) element?.focus();
}

/** For the element that the keyboard goes to when its component appears in place of, or beside, what the person used. */
export function useFocusOnArrival<T extends HTMLElement>(): RefObject<T | null> {
  const element = useRef<T>(null);
  useEffect(() => take(element.current), []);
  return element;
}

/**
 * When something closes, the keyboard goes back to where it was when that opened: never to nowhere. What was chosen from a menu
 * was opened by a thing that is gone; then it is the menu's button in `home`.
 */
export function useReturnFocus(open: boolean, home: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (!open) return undefined;
    const opener = document.activeElement;
    const place = home.current;
    return () => {
      // Dialogs give the keyboard back by themselves, where they can, in the next frame.
      requestAnimationFrame(() => {
        if (document.activeElement !== document.body && document.activeElement !== null) return;
        const known = opener instanceof HTMLElement && opener !== document.body && opener.isConnected;
        take(known ? opener : place?.querySelector<HTMLElement>('[aria-haspopup]'));
      });
    };
  }, [open, home]);
}

/** The nearest place that is made to take the keyboard. */
function landingOf(element: HTMLElement): HTMLElement | null {
  for (let around = element.parentElement; around !== null; around = around.parentElement) {
    const landing = around.querySelector<HTMLElement>('.focus-landing');
    if (landing !== null) return landing;
  }
  return null;
}

/**
 * For buttons that go away by what they do, alone or with their row: the keyboard goes to the same button of the next row, and after
 * the last one to the title of what they stood in. To be spread on the element around them, by the component that outlives it.
 */
export function useKeptFocus(): {
  readonly onFocus: (event: FocusEvent<HTMLElement>) => void;
  readonly onBlur: () => void;
} {
  const held = useRef<(() => HTMLElement | null | undefined) | undefined>(undefined);
  useEffect(() => {
    const next = held.current?.();
    if (next === undefined) return;
    held.current = undefined;
    take(next);
  });
  return {
    onFocus({ currentTarget: around, target }) {
      const landing = landingOf(around);
      const rowOf = target.closest('li');
      const row = rowOf === null ? -1 : [...around.querySelectorAll('li')].indexOf(rowOf);
      const place = rowOf === null ? -1 : [...rowOf.querySelectorAll<HTMLElement>('button')].indexOf(target);
      held.current = () => {
        if (target.isConnected) return undefined;
        const rows = around.isConnected ? [...around.querySelectorAll('li')] : [];
        return (rows[row] ?? rows.at(-1))?.querySelectorAll('button')[place] ?? landing;
      };
    },
    // Not said of what is taken away: who left it by themselves keeps where they are.
    onBlur() {
      held.current = undefined;
    },
  };
}
