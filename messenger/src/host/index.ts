export { createCallHost } from './call-host.ts';
export type { CallHost, CallHostOptions } from './call-host.ts';
