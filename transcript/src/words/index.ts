/** Words of the page, for the catalogues of those who show it. */
export { en, type Words } from './en.ts';
export { fr } from './fr.ts';
