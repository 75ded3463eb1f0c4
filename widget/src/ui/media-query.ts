import { useSyncExternalStore } from 'react';

/** Does the page match this media query? Follows changes. */
export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => window.matchMedia(query).matches,
  );
}

/** Below this width the bar keeps only what one needs while talking; the rest is in its menu. */
export const NARROW_BAR = '(max-width: 719px)';

/** Below this width the words of the bar fit only when what is pressed seldom is in its menu. */
export const TIGHT_BAR = '(max-width: 899px)';

/** A call in a corner of the messenger has room for one face and three buttons. The style sheets use the same query. */
export const SMALL_CALL = '(max-width: 480px) and (max-height: 320px)';
