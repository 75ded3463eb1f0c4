import { WidgetApiResponseError } from 'matrix-widget-api';
import { ConnectionError, MatrixError } from 'matrix-js-sdk/lib/http-api/errors.js';

/**
 * The SDK's session decides by the kind of error whether to wait, to try again or to give up: turn what the widget API throws
 * into the kinds it knows.
 */
export function asMatrixError(error: unknown): unknown {
  if (error instanceof WidgetApiResponseError) {
    if (error.data.matrix_api_error !== undefined)
      return MatrixError.fromWidgetApiErrorData(error.data.matrix_api_error);
    // The messenger tried and has no answer of the homeserver to hand on (`ClientWidgetApi.handleDriverError`).
    if (/^Error (sending|updating) /.test(error.message)) return new ConnectionError(error.message, error);
  }
  // The library has no type of its own for this one.
  if (error instanceof Error && error.message === 'Request timed out')
    return new ConnectionError('widget api timeout', error);
  return error;
}

/**
 * Has somebody said no: the homeserver (4xx, but for "too many requests") or the messenger? Otherwise the network or a server
 * failed, which may be better later. The SDK wraps what it gives up on, so causes are looked through.
 */
export function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const matrix = asMatrixError(cause);
    if (matrix instanceof MatrixError) {
      const { httpStatus = 0 } = matrix;
      return httpStatus >= 400 && httpStatus < 500 && !matrix.isRateLimitError();
    }
    if (matrix instanceof WidgetApiResponseError) return true;
  }
  return false;
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
