export { Ending } from './ending.tsx';
export { Message } from './message.tsx';
