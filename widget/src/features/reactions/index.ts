import { lazy } from 'react';

export { Floating, HandMark } from './marks.tsx';
export { HandsHint } from './hands-hint.tsx';
export { RaisedHands } from './raised-hands.tsx';

/** Loads when it is first opened. */
export const Picker = lazy(() => import('./picker.tsx'));
