import type { Theme } from './host/index.ts';

/** From here on labels that stand beside an icon are dropped where space is short. */
const LARGE_TYPE = 1.4;

/**
 * Puts the messenger's theme and font size on the page; without a theme the system's is used and followed.
 * @returns a function that applies a theme
 */
export function createAppearance(root: HTMLElement, fontScale: number): (theme: Theme | undefined) => void {
  root.style.setProperty('--font-scale', String(fontScale));
  root.dataset['type'] = fontScale >= LARGE_TYPE ? 'large' : 'normal';
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const contrast = window.matchMedia('(prefers-contrast: more)');
  let chosen: Theme | undefined;
  const apply = (): void => {
    const isDark = chosen === undefined ? dark.matches : chosen.startsWith('dark');
    const isStrong = chosen?.endsWith('high-contrast') === true || contrast.matches;
    root.dataset['theme'] = isDark ? 'dark' : 'light';
    root.dataset['contrast'] = isStrong ? 'more' : 'normal';
  };
  dark.addEventListener('change', apply);
  contrast.addEventListener('change', apply);
  return (theme) => {
    chosen = theme;
    apply();
  };
}
