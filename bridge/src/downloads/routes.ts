import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PalabreError } from '@palabre/protocol';
import express from 'express';
import type { Request, Response, Router } from 'express';
import type { Audit } from '../governance/index.ts';
import { bearerToken, cors } from '../operations/index.ts';
import type { Downloads } from './downloads.ts';
import { requestedRange } from './range.ts';

const PATH = '/api/rooms/:roomId/recordings/:id';
/** How often it is asked again while a long answer goes out. */
const LOOK_EVERY_MS = 5_000;
/** Somebody who takes nothing for so long has gone. */
const SILENCE_MS = 60_000;

interface Reader {
  readonly userId: string;
  readonly roomId: string;
}

/** `session`: what tells it from others, and opens nothing. */
type SessionReader = Reader & { readonly session: string };

export interface DownloadRoutesDeps {
  readonly downloads: Pick<Downloads, 'find'>;
  /** @throws {PalabreError} M_UNKNOWN_TOKEN */
  readonly reader: (token: string) => Promise<Reader>;
  /** Joined at this moment, and of a server that policy lets in. */
  readonly mayRead: (roomId: string, userId: string) => Promise<boolean>;
  readonly audit: Audit;
  readonly lookEveryMs?: number;
}

/**
 * `GET /api/rooms/{roomId}/recordings/{id}`: the sealed bytes of a recording (protocol/src/kept.ts), with ranges. Every request asks
 * again whether the person is joined, and a long answer is cut when they are no longer. Authority travels in a header: addresses
 * hold nothing secret, and pages of any origin may ask, because without the header they get nothing.
 */
export function createDownloadRoutes(deps: DownloadRoutesDeps): Router {
  const { downloads, reader, mayRead, audit, lookEveryMs = LOOK_EVERY_MS } = deps;
  const router = express.Router();

  async function readerOf(request: Request): Promise<SessionReader> {
    const token = bearerToken(request.headers.authorization);
    const person = await reader(token);
    if (request.params['roomId'] !== person.roomId) {
      throw new PalabreError('M_FORBIDDEN', 'This session belongs to another room');
    }
    if (!(await mayRead(person.roomId, person.userId))) {
      throw new PalabreError('M_FORBIDDEN', 'You are no longer a member of this room');
    }
    const session = createHash('sha256').update(token).digest('base64url').slice(0, 22);
    return { userId: person.userId, roomId: person.roomId, session };
  }

  /** Ends an answer that goes on when its reader may read no longer. */
  function watch(response: Response, { userId, roomId }: Reader): void {
    const looking = setInterval(() => {
      mayRead(roomId, userId).then(
        (may) => {
          if (!may) response.destroy();
        },
        // No answer is no.
        () => response.destroy(),
      );
    }, lookEveryMs);
    response.once('close', () => clearInterval(looking));
    response.setTimeout(SILENCE_MS, () => response.destroy());
  }

  /** Whoever reads any part of it is in the audit trail, once in a session: a film is read in many. Nobody waits for the row alone. */
  async function begin(person: SessionReader, id: string, open: () => Promise<Readable>): Promise<Readable> {
    const { userId, roomId, session } = person;
    const action = { action: 'recording.download', means: 'link', userId, roomId, key: `${session} ${id}` } as const;
    const [opened, noted] = await Promise.allSettled([open(), audit.during(action, () => Promise.resolve())]);
    if (opened.status === 'rejected') throw opened.reason;
    if (noted.status === 'fulfilled') return opened.value;
    opened.value.destroy();
    throw noted.reason;
  }

  router.use(PATH, cors('*', 'GET, HEAD'));
  router.get(PATH, async (request, response) => {
    const person = await readerOf(request);
    const { id } = request.params;
    const found = await downloads.find(id, person.roomId, person.userId);
    if (found === undefined) throw new PalabreError('M_NOT_FOUND', 'There is no such recording for you');
    const { size } = found;
    const range = requestedRange(request.headers.range, size);
    response.setHeader('Access-Control-Expose-Headers', 'Content-Range, Content-Length');
    response.setHeader('Accept-Ranges', 'bytes');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Type', 'application/octet-stream');
    if (range === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${size}`);
      response.status(416).end();
      return;
    }
    const { start, end } = range ?? { start: 0, end: size };
    response.status(range === undefined ? 200 : 206);
    if (range !== undefined) response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${size}`);
    response.setHeader('Content-Length', end - start);
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const content = await begin(person, id, () => found.read(range));
    // Whoever went away meanwhile tells nobody again.
    if (response.destroyed) {
      content.destroy();
      return;
    }
    watch(response, person);
    // Whoever goes away in the middle has what they wanted.
    await pipeline(content, response).catch(() => response.destroy());
  });
  return router;
}
