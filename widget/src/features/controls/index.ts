export { Controls } from './controls.tsx';
