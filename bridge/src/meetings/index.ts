export { createCaller } from './caller.ts';
export { followCommands } from './commands.ts';
export { createMeetings } from './meetings.ts';
export type { Meeting } from './meetings.ts';
export { meetingsMigrations } from './migrations.ts';
export { createMeetingRoutes } from './routes.ts';
export { createRtcMembers } from './rtc-members.ts';
export { announceUpgrades } from './upgrades.ts';
export { createStays } from './stays.ts';
