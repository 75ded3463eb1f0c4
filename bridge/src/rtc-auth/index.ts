export { createGrant } from './grant.ts';
export { createHomeserverDoor } from './homeserver-door.ts';
export { createIdentities } from './identities.ts';
export { rtcAuthMigrations } from './migrations.ts';
export { createOpenId } from './openid.ts';
export { createPartnerDoor } from './partner-door.ts';
export { createSessions } from './sessions.ts';
export { createTokenService } from './token-service.ts';
