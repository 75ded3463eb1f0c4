/** Consent to being recorded and transcribed: who asked for it, who gave it, and who may be kept. */
export { createConsent } from './consent.ts';
export type { Consent, KeptMeeting } from './consent.ts';
export { consentCsv } from './export.ts';
export { consentMigrations } from './migrations.ts';
export { followRoomAnswers } from './room-answers.ts';
export { createConsentRoutes } from './routes.ts';
export type { Standing } from './standing.ts';
export { createConsentStore } from './store.ts';
export type { StoredAnswer } from './store.ts';
