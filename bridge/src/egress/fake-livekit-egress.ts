import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import * as z from 'zod';

/** Speaks Twirp as livekit-server does for Egress, for tests: what it answers is steered by them. */
export interface FakeLivekitEgress {
  readonly url: string;
  readonly started: FakeEgress[];
  /** Next requests of this method are refused so, or not answered at all. */
  readonly refuse: Map<'StartRoomCompositeEgress' | 'ListEgress' | 'StopEgress', Refusal | 'silence'>;
  /** A start is answered so, and afterwards it is told to be so. */
  begins: { answer: Status; then: Status };
  /** Every file is written when its recording ends. */
  onEnd: (egress: FakeEgress) => void;
  close(): Promise<void>;
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly msg: string;
}

export type Status = `EGRESS_${'STARTING' | 'ACTIVE' | 'ENDING' | 'COMPLETE' | 'FAILED' | 'ABORTED' | 'LIMIT_REACHED'}`;

export interface FakeEgress {
  readonly id: string;
  readonly request: z.infer<typeof requestSchema>;
  readonly authorization: string;
  status: Status;
  readonly startedMs: number;
}

const requestSchema = z.looseObject({
  roomName: z.string(),
  layout: z.string().optional(),
  audioOnly: z.boolean().optional(),
  file: z.looseObject({ filepath: z.string() }),
  advanced: z.looseObject({}),
});
const listSchema = z.object({ roomName: z.string() });
const stopSchema = z.object({ egressId: z.string() });

export async function createFakeLivekitEgress(): Promise<FakeLivekitEgress> {
  const infoOf = ({ id, request, status, startedMs }: FakeEgress) => ({
    egressId: id,
    roomName: request.roomName,
    status,
    startedAt: `${startedMs}000000`,
    roomComposite: request,
    fileResults: [{ filename: request.file.filepath, startedAt: `${startedMs}250000` }],
    // Newer servers tell more than the client knows.
    somethingNew: true,
  });

  const answer = (method: string, body: unknown, authorization: string): unknown => {
    switch (method) {
      case 'StartRoomCompositeEgress': {
        const request = requestSchema.parse(body);
        const id = `EG_${fake.started.length + 1}`;
        const egress = { id, request, authorization, status: fake.begins.answer, startedMs: Date.now() };
        fake.started.push(egress);
        const info = infoOf(egress);
        egress.status = fake.begins.then;
        return info;
      }
      case 'ListEgress': {
        const { roomName } = listSchema.parse(body);
        return { items: fake.started.filter(({ request }) => request.roomName === roomName).map(infoOf) };
      }
      case 'StopEgress': {
        const { egressId } = stopSchema.parse(body);
        const egress = fake.started.find(({ id }) => id === egressId);
        if (egress === undefined || egress.status === 'EGRESS_COMPLETE') return undefined;
        const info = infoOf({ ...egress, status: 'EGRESS_ENDING' });
        egress.status = 'EGRESS_COMPLETE';
        fake.onEnd(egress);
        return info;
      }
      default:
        return undefined;
    }
  };

  const say = (response: ServerResponse, status: number, content: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  };
  const server = createServer((request, response) => {
    void (async () => {
      const method = request.url?.replace('/twirp/livekit.Egress/', '') ?? '';
      const body = await json(request);
      const refusal = [...fake.refuse].find(([name]) => name === method)?.[1];
      if (refusal === 'silence') return;
      const content = refusal === undefined ? answer(method, body, request.headers.authorization ?? '') : undefined;
      if (refusal !== undefined) say(response, refusal.status, refusal);
      else if (content !== undefined) say(response, 200, content);
      else say(response, 412, { code: 'failed_precondition', msg: 'egress cannot be stopped' });
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeLivekitEgress = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    started: [],
    refuse: new Map(),
    begins: { answer: 'EGRESS_STARTING', then: 'EGRESS_ACTIVE' },
    onEnd: () => undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}
