import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { EgressInfo, TokenVerifier } from 'livekit-server-sdk';
import * as z from 'zod';

/**
 * Speaks Twirp as livekit-server 1.13.5 does for Egress, for tests: who may ask, names and defaults of its JSON, and its refusals
 * are as that server gave them, with Redis and a worker behind it. How states follow each other is as in Egress's source.
 */
export interface FakeLivekitEgress {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly started: FakeEgress[];
  /** Next requests of this method are refused so, or not answered at all. */
  readonly refuse: Map<Method, Refusal | 'silence'>;
  /** A start is answered so, and afterwards it is told to be so. */
  begins: { answer: Status; then: Status };
  /** How far its clock is ahead of ours. */
  aheadMs: number;
  /** Every file is written when its recording ends. */
  onEnd: (egress: FakeEgress) => void;
  close(): Promise<void>;
}

type Method = 'StartRoomCompositeEgress' | 'ListEgress' | 'StopEgress';

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly msg: string;
}

export type Status = `EGRESS_${'STARTING' | 'ACTIVE' | 'ENDING' | 'COMPLETE' | 'FAILED' | 'ABORTED' | 'LIMIT_REACHED'}`;

export interface FakeEgress {
  readonly id: string;
  readonly request: EgressAsked;
  status: Status;
  readonly startedMs: number;
}

const fileSchema = z.looseObject({
  filepath: z.string(),
  s3: z.looseObject({ accessKey: z.string(), secret: z.string() }).optional(),
});
const requestSchema = z.looseObject({
  roomName: z.string(),
  layout: z.string().optional(),
  audioOnly: z.boolean().optional(),
  fileOutputs: z.tuple([fileSchema]),
  advanced: z.looseObject({}),
});
type EgressAsked = z.infer<typeof requestSchema>;
const listSchema = z.object({ roomName: z.string() });
const stopSchema = z.object({ egressId: z.string() });

const UNAUTHENTICATED: Refusal = { status: 401, code: 'unauthenticated', msg: 'permissions denied' };
const UNKNOWN: Refusal = { status: 404, code: 'not_found', msg: 'twirp error unknown: egress does not exist' };

function isRefusal(answer: object): answer is Refusal {
  return 'msg' in answer;
}

export async function createFakeLivekitEgress(): Promise<FakeLivekitEgress> {
  const apiKey = 'key';
  const apiSecret = 'a secret of thirty-two characters';
  const verifier = new TokenVerifier(apiKey, apiSecret);

  /** In the names of the protocol's own definition, with what is empty, and without keys of storage. */
  const infoOf = ({ id, request, status, startedMs }: FakeEgress): object => {
    const files = request.fileOutputs.map(({ s3, ...file }) => ({
      ...file,
      ...(s3 === undefined ? {} : { s3: { ...s3, accessKey: '{access_key}', secret: '{secret}' } }),
    }));
    const at = status === 'EGRESS_STARTING' ? '0' : `${startedMs}250000`;
    const info = EgressInfo.fromJson({
      egressId: id,
      roomName: request.roomName,
      status,
      startedAt: `${startedMs}000000`,
      roomComposite: { ...(request as object), fileOutputs: files },
      fileResults: files.map(({ filepath }) => ({ filename: filepath, startedAt: at })),
    });
    const told = info.toJson({ emitDefaultValues: true, useProtoFieldName: true });
    // Newer servers tell more than the client knows.
    return { ...(told as object), something_new: true };
  };

  const answers: Readonly<Record<Method, (body: unknown) => object>> = {
    StartRoomCompositeEgress: (body) => {
      const request = requestSchema.parse(body);
      const id = `EG_${fake.started.length + 1}`;
      const egress = { id, request, status: fake.begins.answer, startedMs: Date.now() + fake.aheadMs };
      fake.started.push(egress);
      const info = infoOf(egress);
      egress.status = fake.begins.then;
      return info;
    },
    ListEgress: (body) => {
      const { roomName } = listSchema.parse(body);
      return { items: fake.started.filter(({ request }) => request.roomName === roomName).map(infoOf) };
    },
    StopEgress: (body) => {
      const { egressId } = stopSchema.parse(body);
      const egress = fake.started.find(({ id }) => id === egressId);
      if (egress === undefined) return UNKNOWN;
      if (egress.status !== 'EGRESS_STARTING' && egress.status !== 'EGRESS_ACTIVE') {
        const msg = `egress with status ${egress.status} cannot be stopped`;
        return { status: 412, code: 'failed_precondition', msg };
      }
      // What has not captured yet leaves no file.
      if (egress.status === 'EGRESS_STARTING') {
        egress.status = 'EGRESS_ABORTED';
        return infoOf(egress);
      }
      const info = infoOf({ ...egress, status: 'EGRESS_ENDING' });
      egress.status = 'EGRESS_COMPLETE';
      fake.onEnd(egress);
      return info;
    },
  };

  const mayRecord = async ({ headers: { authorization } }: IncomingMessage): Promise<boolean> => {
    try {
      const { video } = await verifier.verify(authorization?.replace(/^Bearer /, '') ?? '');
      return video?.roomRecord === true;
    } catch {
      return false;
    }
  };
  const say = (response: ServerResponse, status: number, content: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  };
  const answer = async (request: IncomingMessage): Promise<object | 'silence'> => {
    const body = await json(request);
    const path = request.url ?? '';
    const method = (['StartRoomCompositeEgress', 'ListEgress', 'StopEgress'] as const).find(
      (name) => path === `/twirp/livekit.Egress/${name}`,
    );
    if (method === undefined) return { status: 404, code: 'bad_route', msg: `no handler for path "${path}"` };
    if (!(await mayRecord(request))) return UNAUTHENTICATED;
    return fake.refuse.get(method) ?? answers[method](body);
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (content) => {
        if (content === 'silence') return;
        if (!isRefusal(content)) say(response, 200, content);
        else say(response, content.status, { code: content.code, msg: content.msg });
      },
      (error: unknown) => say(response, 400, { code: 'malformed', msg: String(error) }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeLivekitEgress = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey,
    apiSecret,
    started: [],
    refuse: new Map(),
    begins: { answer: 'EGRESS_STARTING', then: 'EGRESS_ACTIVE' },
    aheadMs: 0,
    onEnd: () => undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}
