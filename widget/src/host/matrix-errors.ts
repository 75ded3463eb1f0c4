import { WidgetApiResponseError } from 'matrix-widget-api';
import { ConnectionError, MatrixError } from 'matrix-js-sdk/lib/http-api/errors.js';

/**
 * The SDK's session decides by the kind of error whether to wait, to try again or to give up: turn what the widget API throws
 * into the kinds it knows.
 */
export function asMatrixError(error: unknown): unknown {
  if (error instanceof WidgetApiResponseError && error.data.matrix_api_error !== undefined)
    return MatrixError.fromWidgetApiErrorData(error.data.matrix_api_error);
  // The library has no type of its own for this one.
  if (error instanceof Error && error.message === 'Request timed out')
    return new ConnectionError('widget api timeout', error);
  return error;
}

/** What the homeserver said when a request through the messenger failed; all absent when the messenger itself refused. */
export interface HostErrorDetails {
  readonly status: number | undefined;
  readonly errcode: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** Reads the homeserver's answer out of whatever the widget API threw. */
export function describeHostError(error: unknown): HostErrorDetails {
  const matrix = asMatrixError(error);
  if (matrix instanceof ConnectionError) return { status: 504, errcode: undefined, retryAfterMs: undefined };
  if (!(matrix instanceof MatrixError)) return { status: undefined, errcode: undefined, retryAfterMs: undefined };
  return {
    status: matrix.httpStatus,
    errcode: matrix.errcode,
    retryAfterMs: matrix.isRateLimitError() ? (matrix.getRetryAfterMs() ?? undefined) : undefined,
  };
}
