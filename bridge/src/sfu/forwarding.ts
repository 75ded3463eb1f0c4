import type { IncomingMessage } from 'node:http';

/** Headers that belong to one hop; the rest of a request is passed on. */
const HOP_HEADERS = new Set(['host', 'connection', 'upgrade', 'keep-alive', 'transfer-encoding', 'content-length']);

/** Headers of a request for the SFU. */
export function passedOn(request: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !HOP_HEADERS.has(name)) headers[name] = value;
  }
  return headers;
}

/**
 * Not passed on. The token goes up as a header, where the SFU looks first, so that it reads the one that was checked and no
 * other; `publish` would make a second participant under a name that is on no record (LiveKit appends it to the identity).
 */
const HELD_BACK_PARAMETERS = ['access_token', 'publish'];

/** The target as the SFU shall read it: written anew, since two parsers may understand an odd query in two ways. */
export function targetOf(url: URL): string {
  const parameters = new URLSearchParams(url.searchParams);
  for (const name of HELD_BACK_PARAMETERS) parameters.delete(name);
  const query = parameters.toString();
  return query === '' ? url.pathname : `${url.pathname}?${query}`;
}

/** The token of a request: in its header, as native clients send it, or in its query, as browsers must. */
export function tokenOf(url: URL, request: IncomingMessage): string {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '');
  return bearer?.[1] ?? url.searchParams.get('access_token') ?? '';
}
