/** What can go wrong in a way the person should hear about. Each has a title and advice in the catalogues (`problem.<code>`). */
export const PROBLEMS = [
  /** Opened without a messenger, or with an address that lacks something. */
  'no_host',
  /** The messenger did not answer the widget. */
  'host_silent',
  /** The homeserver names no SFU. */
  'no_transport',
  /** The token service or the SFU refused this person: not a member of the room, or banned. */
  'not_allowed',
  /** Somebody must let this person in; they have been asked. */
  'waiting',
  /** The same, and nobody who could is in the call. */
  'waiting_alone',
  /** They have been turned away. */
  'turned_away',
  /** Somebody must let this person in, and nobody can. */
  'nobody_admits',
  /** The time that policy gives this person in one meeting is over. */
  'time_over',
  /** The room was upgraded: its people meet in its successor. */
  'room_replaced',
  /** Policy lets this person into calls of encrypted rooms only. */
  'needs_encryption',
  /** Token service or SFU cannot be reached, or fails. */
  'service_unreachable',
  /** The messenger would not give an identity token. */
  'identity_refused',
  /** This browser cannot encrypt media, and the room demands it. */
  'no_encryption',
  /** The membership event could not be sent: no permission in the room. */
  'membership_refused',
  /** The membership event could not be sent or kept alive: the homeserver did not answer. */
  'homeserver_unreachable',
  /** The connection did not come back. */
  'connection_lost',
  'unknown',
] as const;
export type ProblemCode = (typeof PROBLEMS)[number];

/** An expected failure of the call. */
export class CallProblem extends Error {
  readonly code: ProblemCode;
  /** Wait at least this long before asking again. */
  readonly retryAfterMs: number | undefined;
  /** Asking again may help. */
  readonly transient: boolean;

  constructor(code: ProblemCode, options: { cause?: unknown; retryAfterMs?: number; transient?: boolean } = {}) {
    super(code, { cause: options.cause });
    this.name = 'CallProblem';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.transient = options.transient ?? false;
  }
}

/** What the bridge says by a code of its own (`protocol/errors.ts`). */
const PROBLEM_OF_CODE: Readonly<Record<string, ProblemCode>> = {
  PALABRE_WAITING: 'waiting',
  PALABRE_WAITING_ALONE: 'waiting_alone',
  PALABRE_NOT_ADMITTED: 'turned_away',
  PALABRE_WATCHER_ABSENT: 'nobody_admits',
  PALABRE_TIME_OVER: 'time_over',
  PALABRE_ROOM_REPLACED: 'room_replaced',
  PALABRE_ENCRYPTION_REQUIRED: 'needs_encryption',
};

/** Must this person be let in first? */
export function isWaiting(error: unknown): boolean {
  return error instanceof CallProblem && (error.code === 'waiting' || error.code === 'waiting_alone');
}

/** Sorts an answer of the token service. */
export function problemOfStatus(status: number, retryAfterMs?: number, errcode = ''): CallProblem {
  const more = retryAfterMs === undefined ? {} : { retryAfterMs };
  const known = PROBLEM_OF_CODE[errcode];
  if (known !== undefined) return new CallProblem(known, more);
  if (status === 401 || status === 403) return new CallProblem('not_allowed', more);
  if (status === 404) return new CallProblem('service_unreachable', more);
  return new CallProblem('service_unreachable', { ...more, transient: status === 429 || status >= 500 });
}
