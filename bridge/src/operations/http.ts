import type { IncomingMessage } from 'node:http';
import { PalabreError } from '@palabre/protocol';
import express from 'express';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Log } from './log.ts';

/** Limit for every JSON body of clients; a token request has some hundred bytes. */
const CLIENT_BODY_LIMIT = '64kb';

const readAnyType = () => true;

/** Reads a JSON body whatever its Content-Type says, as lk-jwt-service does. Errors reach {@link answerErrors}. */
export function jsonBody(limit: string = CLIENT_BODY_LIMIT): RequestHandler {
  return express.json({ limit, type: readAnyType });
}

/** Where a request comes from: the last hop's word about it where there is a proxy of ours, else who is connected. */
export function addressOf(request: IncomingMessage, trustProxy: boolean): string | undefined {
  const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined;
  const hops = (Array.isArray(forwarded) ? forwarded.join() : (forwarded ?? '')).split(',');
  const last = hops.at(-1)?.trim();
  return last === undefined || last === '' ? request.socket.remoteAddress : last;
}

/** Answers 404 M_UNRECOGNIZED: anything else makes Element Call believe that delegated leaves exist here (matrixrtc.md 1.4). */
export const unknownPath: RequestHandler = (_request, response) => {
  response.status(404).json({ errcode: 'M_UNRECOGNIZED', error: 'Nothing is served on this path' });
};

/** Errors of Express' body parser carry a `type` and a status. */
const parserErrorSchema = z.object({ type: z.string(), status: z.int() });

/** Turns whatever was thrown into the error the other side gets. Details of unexpected failures stay here. */
export function toPalabreError(error: unknown): PalabreError {
  if (error instanceof PalabreError) return error;
  const parser = parserErrorSchema.safeParse(error);
  if (parser.success) {
    if (parser.data.status === 413) return new PalabreError('M_TOO_LARGE', 'The request is too large');
    if (parser.data.status < 500) return new PalabreError('M_NOT_JSON', 'The request is not valid JSON');
  }
  if (error instanceof URIError) return new PalabreError('M_INVALID_PARAM', 'The path is not properly encoded');
  return new PalabreError('M_UNKNOWN', 'Something went wrong here; try again', { cause: error });
}

/** Last handler of every app: one map from errors to Matrix error bodies; no stack trace leaves the process. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = toPalabreError(error);
    if (known.status >= 500) log.logger.error({ err: error, method: request.method }, 'request failed');
    if (known.retryAfterMs !== undefined) response.setHeader('Retry-After', Math.ceil(known.retryAfterMs / 1000));
    response.status(known.status).json(known.toBody());
  };
}

/** CORS for `origins` ("*" or a list). Answers preflights itself with 200, as lk-jwt-service does. */
export function cors(origins: '*' | readonly string[], methods: string): RequestHandler {
  return (request, response, next) => {
    const { origin } = request.headers;
    if (origins === '*') response.setHeader('Access-Control-Allow-Origin', '*');
    else {
      response.setHeader('Vary', 'Origin');
      if (origin !== undefined && origins.includes(origin)) response.setHeader('Access-Control-Allow-Origin', origin);
    }
    if (request.method !== 'OPTIONS') {
      next();
      return;
    }
    response.setHeader('Access-Control-Allow-Methods', methods);
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, Accept, X-Requested-With, Range');
    response.setHeader('Access-Control-Max-Age', '86400');
    response.status(200).end();
  };
}

/** Aborts when the client goes away before it has its answer. */
export function goneSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** The token of `Authorization: Bearer …`. @throws {PalabreError} M_MISSING_TOKEN */
export function bearerToken(header: string | undefined): string {
  const match = /^Bearer ([^\s]+)$/i.exec(header ?? '');
  if (match?.[1] === undefined) throw new PalabreError('M_MISSING_TOKEN', 'An access token is needed here');
  return match[1];
}
