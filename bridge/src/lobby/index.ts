export { createLobby, type Knock, type Lobby } from './lobby.ts';
export { lobbyMigrations } from './migrations.ts';
export { createNotices, followReactions } from './notices.ts';
export { createLobbyRoutes } from './routes.ts';
export { createStore as createLobbyStore } from './store.ts';
