export { Controls } from './controls.tsx';
export { recallShortcuts, rememberShortcuts } from './shortcuts.ts';
