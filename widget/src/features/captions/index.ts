import { lazy } from 'react';

export { recallCaptionsLook } from './preferences.ts';
export { useCaptionsPlace } from './place.ts';
// Fetched when somebody turns captions on, or opens the settings.
export const CaptionsStrip = lazy(() => import('./strip.tsx'));
export const CaptionsPanel = lazy(() => import('./panel.tsx'));
export const CaptionsSettings = lazy(() => import('./captions-settings.tsx'));
