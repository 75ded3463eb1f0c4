import { lazy } from 'react';

/** Loads when it is first opened. */
export const MinutesDialog = lazy(() => import('./dialog.tsx'));
