import { lazy } from 'react';

/** Both load when they are first opened. */
export const Settings = lazy(() => import('./settings.tsx'));
export const ShortcutsHelp = lazy(() => import('./shortcuts-help.tsx'));
