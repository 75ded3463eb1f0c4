import { request as httpRequest } from 'node:http';
import { CALL_SLOT } from '@palabre/protocol';
import type { StackFacts } from '../stack/contract.ts';
import type { MatrixClient } from './client.ts';

/** What a door answered. */
export interface Answer {
  readonly status: number;
  readonly errcode: string | undefined;
  readonly error: string | undefined;
  readonly jwt: string | undefined;
  readonly text: string;
}

export type DoorName = 'sfu/get' | 'get_token' | 'homeserver';
export const DOORS: readonly DoorName[] = ['sfu/get', 'get_token', 'homeserver'];

/** Sends any body anywhere on loopback and reads the answer as a door's. */
export async function knock(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(40_000),
  });
  const text = await response.text();
  let fields: Readonly<Record<string, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) fields = parsed as Record<string, unknown>;
  } catch {
    fields = {}; // an answer that is not JSON has none of the fields, and the test sees that
  }
  const word = (key: string) => (typeof fields[key] === 'string' ? fields[key] : undefined);
  return { status: response.status, errcode: word('errcode'), error: word('error'), jwt: word('jwt'), text };
}

export const doorAddress = (facts: StackFacts, door: DoorName): string =>
  door === 'homeserver'
    ? `${facts.urls.api}/_matrix/client/unstable/io.element.msc4195/rtc/livekit/get_token`
    : `${facts.urls.api}/livekit/jwt/${door}`;

/** What a client sends to each door, all in order. */
export async function doorBody(
  facts: StackFacts,
  matrix: MatrixClient,
  roomId: string,
  door: DoorName,
): Promise<Record<string, unknown>> {
  const { userId, deviceId } = matrix.account;
  const memberId = `${userId}:${deviceId}`;
  switch (door) {
    case 'sfu/get':
      return { room: roomId, openid_token: await matrix.openIdToken(), device_id: deviceId };
    case 'get_token':
      return {
        room_id: roomId,
        slot_id: CALL_SLOT,
        openid_token: await matrix.openIdToken(),
        member: { id: memberId, claimed_user_id: userId, claimed_device_id: deviceId },
      };
    case 'homeserver':
      return {
        url: `${facts.urls.api.replace(/^http/, 'ws')}/livekit/sfu`,
        room_id: roomId,
        slot_id: CALL_SLOT,
        member: { id: memberId, claimed_device_id: deviceId },
      };
  }
}

/** Asks for a token as this person, the way every client does. */
export async function askDoor(
  facts: StackFacts,
  matrix: MatrixClient,
  roomId: string,
  door: DoorName,
): Promise<Answer> {
  const headers: Record<string, string> =
    door === 'homeserver' ? { authorization: `Bearer ${matrix.account.accessToken}` } : {};
  return knock(doorAddress(facts, door), await doorBody(facts, matrix, roomId, door), headers);
}

/** Status of a plain GET. */
async function statusOf(url: string): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  await response.arrayBuffer();
  return response.status;
}

/** A WebSocket as far as the answer to its upgrade. */
export interface OpenedSocket {
  /** 101 when it was given, otherwise the status of the refusal. */
  readonly status: number;
  readonly isOpen: () => boolean;
  readonly close: () => void;
}

/** Asks for a WebSocket and keeps it as long as the other side does. */
export function openSocket(url: string): Promise<OpenedSocket> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url.replace(/^ws/, 'http'), {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.from('palabre-e2e-test').toString('base64'),
      },
      timeout: 10_000,
    });
    request.on('upgrade', (response, socket) => {
      let open = true;
      socket.setTimeout(0);
      socket.on('error', () => socket.destroy());
      socket.on('end', () => socket.destroy());
      socket.on('close', () => {
        open = false;
      });
      socket.resume();
      resolve({ status: response.statusCode ?? 0, isOpen: () => open, close: () => socket.destroy() });
    });
    request.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, isOpen: () => false, close: () => undefined });
    });
    request.on('timeout', () => request.destroy(new Error('no answer to the upgrade')));
    request.on('error', reject);
    request.end();
  });
}

/** Asks for a WebSocket and closes it at once. @returns 101 when it was given, otherwise the status of the refusal */
export async function socketStatus(url: string): Promise<number> {
  const socket = await openSocket(url);
  socket.close();
  return socket.status;
}

/**
 * Tries a token on every path of the gate that LiveKit's clients use. `seen` is a signalling address that a client really
 * opened: its other parameters are kept, so that only the token decides.
 */
export async function tryGate(seen: string, token: string): Promise<Readonly<Record<string, number>>> {
  const address = (path: string) => {
    const url = new URL(seen);
    url.pathname = url.pathname.replace(/\/rtc(\/v1)?$/, path);
    url.searchParams.set('access_token', token);
    return url.toString();
  };
  const http = (path: string) => address(path).replace(/^ws/, 'http');
  return {
    '/rtc': await socketStatus(address('/rtc')),
    '/rtc/v1': await socketStatus(address('/rtc/v1')),
    '/rtc/validate': await statusOf(http('/rtc/validate')),
    '/rtc/v1/validate': await statusOf(http('/rtc/v1/validate')),
  };
}
