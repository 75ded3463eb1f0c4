import { lazy } from 'react';

/** Asked when something begins to be kept. */
export const ConsentAsk = lazy(() => import('./ask.tsx'));
export { useLobbyConsent } from './lobby-consent.tsx';
export { MyConsent } from './mine.tsx';
export { ConsentNotice } from './notice.tsx';
export { RoomConsentLevel } from './room-level.tsx';
