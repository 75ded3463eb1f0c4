export { Lobby } from './lobby.tsx';
export { Waiting } from './waiting.tsx';
