export { createTransports } from './transports.ts';
export type { Transports } from './transports.ts';
export { createCallHost } from './call-host.ts';
export type { CallHost, CallHostOptions } from './call-host.ts';
export { createOpenCalls } from './open-calls.ts';
export type { OpenCalls } from './open-calls.ts';
