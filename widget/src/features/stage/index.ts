export { Stage } from './stage.tsx';
export { Video } from './video.tsx';
