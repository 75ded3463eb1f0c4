import { useEffect, useRef, type RefObject } from 'react';

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
