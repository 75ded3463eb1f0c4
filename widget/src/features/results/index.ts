import { lazy } from 'react';

/** Loads when it is first opened, with its words. */
export const ResultsDialog = lazy(() => import('./dialog.tsx'));
