export { stopDatabase as default } from './database.mjs';
