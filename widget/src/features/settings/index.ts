import { lazy } from 'react';

export { CallDialog } from './dialog.tsx';

/** Both load when they are first opened. */
export const Settings = lazy(() => import('./settings.tsx'));
export const ShortcutsHelp = lazy(() => import('./shortcuts-help.tsx'));
