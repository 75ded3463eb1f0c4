/** Errors that cross a boundary: a stable code, an HTTP status, a sentence for whoever sees it. */

/** Matrix error codes we use, with the status lk-jwt-service and the specification give them, and our own. */
export const ERROR_STATUS = {
  M_NOT_JSON: 400,
  M_BAD_JSON: 400,
  M_INVALID_PARAM: 400,
  M_MISSING_TOKEN: 401,
  M_UNKNOWN_TOKEN: 401,
  M_UNAUTHORIZED: 401,
  M_FORBIDDEN: 403,
  M_NOT_FOUND: 404,
  M_UNRECOGNIZED: 404,
  M_TOO_LARGE: 413,
  M_LIMIT_EXCEEDED: 429,
  M_UNKNOWN: 500,
  /** A partner's service could not be asked, or does not answer as it should. */
  M_CONNECTION_FAILED: 502,
  /** The homeserver (ours or the person's) could not be asked: nobody is let in on a guess. */
  PALABRE_UPSTREAM_UNAVAILABLE: 502,
  /** Somebody must let this person in; they have been asked. Asking again waits for the answer. */
  PALABRE_WAITING: 403,
  /** The same, and nobody who could let them in is in the call. */
  PALABRE_WAITING_ALONE: 403,
  /** A moderator has turned this person away. */
  PALABRE_NOT_ADMITTED: 403,
  /** The time that policy gives this person in one meeting is over. */
  PALABRE_TIME_OVER: 403,
  /** The room was upgraded: its people meet in its successor, and nobody gets into the call of the old one. */
  PALABRE_ROOM_REPLACED: 403,
  /** Nothing is recorded or transcribed in direct messages: the bots do not go there. */
  PALABRE_DIRECT_ROOM: 403,
  /** The scribe is not in the room and nobody of ours may invite it: a moderator must. */
  PALABRE_SCRIBE_ABSENT: 409,
  /** Media would pass through several SFUs, which policy allows in encrypted rooms only. */
  PALABRE_ENCRYPTION_REQUIRED: 403,
  /** The room does not have the watcher in it, so the bridge cannot know who moderates. */
  PALABRE_WATCHER_ABSENT: 409,
  /** The scribe was asked to start something that already runs, or to stop what does not. */
  PALABRE_WRONG_STATE: 409,
  /** No capacity for another recording or transcription. */
  PALABRE_NO_CAPACITY: 503,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

/** Standard error body of the client-server API. */
export interface ErrorBody {
  readonly errcode: string;
  readonly error: string;
  readonly retry_after_ms?: number;
}

/** An expected failure; everything else is a bug and answers M_UNKNOWN without details. */
export class PalabreError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause });
    this.name = 'PalabreError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }

  toBody(): ErrorBody {
    return {
      errcode: this.code,
      error: this.message,
      ...(this.retryAfterMs === undefined ? {} : { retry_after_ms: this.retryAfterMs }),
    };
  }
}
