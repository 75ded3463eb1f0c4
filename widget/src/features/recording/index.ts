import { lazy } from 'react';

/** Loads when it is first opened. */
export const RecordingOptions = lazy(() => import('./recording-options.tsx'));
