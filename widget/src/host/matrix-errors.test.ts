import { describe, expect, test } from '@jest/globals';
import { WidgetApiResponseError } from 'matrix-widget-api';
import { ConnectionError } from 'matrix-js-sdk/lib/http-api/errors.js';
import { asMatrixError, isRefusal } from './matrix-errors.ts';

const answer = (status: number, errcode: string): WidgetApiResponseError =>
  new WidgetApiResponseError('Error sending event', {
    matrix_api_error: { http_status: status, http_headers: {}, url: '', response: { errcode, error: '' } },
  });
const own = (message: string): WidgetApiResponseError => new WidgetApiResponseError(message, {});

describe('errors of the messenger', () => {
  test('without an answer of the homeserver are the network’s, and are tried again', () => {
    for (const message of ['Error sending event', 'Error updating delayed event'])
      expect(asMatrixError(own(message))).toBeInstanceOf(ConnectionError);
    expect(asMatrixError(new Error('Request timed out'))).toBeInstanceOf(ConnectionError);
  });

  test.each([
    ['a right that is missing', answer(403, 'M_FORBIDDEN'), true],
    ['a capability that was not granted', own('Cannot send state events of this type'), true],
    ['too many requests', answer(429, 'M_LIMIT_EXCEEDED'), false],
    ['a homeserver that fails', answer(502, 'M_UNKNOWN'), false],
    ['no answer', own('Error sending event'), false],
    ['what the SDK says after the last attempt', new Error('Reached maximum (10) retries'), false],
    ['nothing that we know', 'odd', false],
  ])('%s: a refusal is %s', (_name, error, refusal) => {
    expect(isRefusal(error)).toBe(refusal);
    expect(isRefusal(new Error('The manager stopped', { cause: error }))).toBe(refusal);
  });
});
