import { lazy } from 'react';

/** Loads when it is first opened. */
export const People = lazy(() => import('./people.tsx'));
