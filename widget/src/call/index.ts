export { OWN_CAMERA } from './state.ts';
export type { Call, CallEnd, CallObserver, CallPhase, CallState } from './state.ts';
export type { Device, DeviceKind, DeviceTrouble } from './devices.ts';
export type { LocalDeviceState, LocalMediaState } from './local-media.ts';
export type { MeetingState } from './meeting.ts';
export type { Person, TrackView } from './people.ts';
export { PROBLEMS, type ProblemCode } from './problem.ts';
