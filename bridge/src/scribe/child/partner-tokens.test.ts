import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ConnectionError, MatrixError, type MatrixClient } from 'matrix-js-sdk';
import type { ChildConfig } from '../contract.ts';
import type { ChildMatrix } from './matrix.ts';
import { askPartner } from './partner-tokens.ts';

const SFU = 'wss://sfu.partner';
let service: Server;
let asked: number;

beforeEach(async () => {
  asked = 0;
  service = createServer((_request, response) => {
    asked += 1;
    response.end(JSON.stringify({ url: SFU, jwt: 'by OpenID' }));
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
});
afterEach(() => {
  service.closeAllConnections();
  service.close();
});

/** @param answer of the door through the homeserver */
async function ask(answer: () => Promise<unknown>) {
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const client: Pick<MatrixClient, 'getOpenIdToken'> & { http: unknown } = {
    http: { authedRequest: answer },
    getOpenIdToken: () =>
      Promise.resolve({ access_token: 't', token_type: 'Bearer', matrix_server_name: 'x', expires_in: 3600 }),
  };
  const config = {
    userId: '@scribe:x',
    deviceId: 'D',
    roomId: '!room:x',
    partners: [{ transports: [{ service: url, sfu: SFU, homeserver: 'partner' }] }],
  };
  const others: unknown[] = [];
  const grant = await askPartner(
    // The parts that it uses.
    { client } as unknown as ChildMatrix,
    config as unknown as ChildConfig,
    url,
    'scribe',
    (error) => others.push(error),
  );
  return { jwt: grant.jwt, others: others.length };
}
const refused = (status: number, errcode: string) => () => Promise.reject(new MatrixError({ errcode }, status));

test('the door through the homeserver is enough where it works', async () => {
  await expect(ask(() => Promise.resolve({ url: SFU, jwt: 'by homeserver' }))).resolves.toEqual({
    jwt: 'by homeserver',
    others: 0,
  });
  expect(asked).toBe(0);
});

test.each([
  ['is missing', refused(404, 'M_UNRECOGNIZED')],
  ['does not serve that SFU', refused(400, 'M_INVALID_PARAM')],
  ['is broken', refused(502, 'M_UNKNOWN')],
  ['does not answer', () => Promise.reject(new ConnectionError('away'))],
])('where it %s, the other door is asked, and that is told', async (_, answer) => {
  await expect(ask(answer)).resolves.toEqual({ jwt: 'by OpenID', others: 1 });
});

test.each([
  ['no', 403, 'M_FORBIDDEN'],
  ['not now', 429, 'M_LIMIT_EXCEEDED'],
])('where it says %s, no OpenID token goes to the partner', async (_, httpStatus, errcode) => {
  await expect(ask(refused(httpStatus, errcode))).rejects.toMatchObject({ httpStatus });
  expect(asked).toBe(0);
});
