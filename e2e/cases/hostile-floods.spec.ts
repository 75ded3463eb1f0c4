import { randomUUID } from 'node:crypto';
import { makeRoom } from '../fixtures/meeting.ts';
import { expect, test } from '../fixtures/test.ts';
import { askDoor, doorAddress, doorBody, knock, openSocket } from '../matrix/doors.ts';
import type { Answer, OpenedSocket } from '../matrix/doors.ts';
import { createSfuView } from '../matrix/sfu.ts';
import type { StackFacts } from '../stack/contract.ts';

const gateAddress = ({ urls }: StackFacts, jwt: string) =>
  `${urls.api}/livekit/sfu/rtc?access_token=${jwt}&protocol=15&auto_subscribe=1&sdk=js`;

async function sit(facts: StackFacts, { jwt }: Answer): Promise<OpenedSocket> {
  const socket = await openSocket(gateAddress(facts, jwt ?? ''));
  expect(socket.status).toBe(101);
  return socket;
}

/** Sends without a pause, `atOnce` at a time, until told to stop. @returns how often each status was answered */
async function flood(atOnce: number, goOn: () => boolean, send: () => Promise<{ readonly status: number }>) {
  const statuses = new Map<number, number>();
  const run = async () => {
    while (goOn()) {
      const { status } = await send();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, run));
  return statuses;
}

const p95 = (times: readonly number[]) => [...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? NaN;

test('hashed identities are found again after a kick, and open nothing @hostile', async ({ cast, stack }) => {
  const alice = await cast.person('alice');
  const bob = await cast.person('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const sfu = createSfuView(stack.facts);
  const body = await doorBody(stack.facts, bob.matrix, room.roomId, 'get_token');
  const member = body['member'] as Record<string, unknown>;
  const hashed: Answer[] = [];
  for (const id of [member['id'], randomUUID(), randomUUID()]) {
    hashed.push(await knock(doorAddress(stack.facts, 'get_token'), { ...body, member: { ...member, id } }));
  }
  const sockets = await Promise.all(hashed.map((answer) => sit(stack.facts, answer)));
  await expect.poll(() => sfu.participants(room.roomId)).toHaveLength(3);
  expect((await sfu.participants(room.roomId)).join(), 'names that say nothing').not.toContain(bob.userId);

  await alice.matrix.kick(room.roomId, bob.userId);
  await expect.poll(() => sockets.filter((socket) => socket.isOpen())).toEqual([]);
  await expect.poll(() => sfu.participants(room.roomId)).toEqual([]);
  for (const { jwt } of hashed) expect((await openSocket(gateAddress(stack.facts, jwt ?? ''))).status).toBe(403);
  expect(await sfu.participants(room.roomId)).toEqual([]);
});

test("a flood from one server does not keep others' people out @hostile", async ({ cast, federation }) => {
  const { ministry, agency, town } = federation;
  const alice = await cast.person('alice', ministry);
  const bob = await cast.person('bob', agency);
  const outsider = await cast.person('dave', agency);
  const carol = await cast.person('carol', town);
  const room = await makeRoom(ministry, alice, [bob, carol]);
  const address = doorAddress(ministry.facts, 'sfu/get');
  const bodies = await Promise.all(
    [alice, carol, bob, outsider].map((person) => doorBody(ministry.facts, person.matrix, room.roomId, 'sfu/get')),
  );
  const [ofAlice, ofCarol, ofBob, ofOutsider] = bodies;

  const measure = async (): Promise<readonly number[]> => {
    const times: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (const body of [ofAlice, ofCarol]) {
        const startedMs = performance.now();
        expect((await knock(address, body)).status).toBe(200);
        times.push(performance.now() - startedMs);
      }
    }
    return times;
  };
  const before = await measure();

  let over = false;
  let device = 0;
  const endMs = Date.now() + 60_000; // It stops by itself, whatever happens below.
  const flooding = flood(
    100,
    () => !over && Date.now() < endMs,
    () => {
      device += 1;
      // A member with ever new devices, somebody who is none, and tokens that nobody gave out.
      const forged = { ...ofBob, openid_token: { ...(ofBob?.['openid_token'] as object), access_token: 'forged' } };
      const body = [ofBob, ofOutsider, forged][device % 3];
      return knock(address, { ...body, device_id: `FLOOD${String(device)}` });
    },
  );
  const during = await measure().finally(() => {
    over = true;
  });
  const answers = await flooding;
  test.info().annotations.push({
    type: 'p95',
    description: `${String(Math.round(p95(before)))} ms alone, ${String(Math.round(p95(during)))} ms in the flood; flood: ${JSON.stringify([...answers])}`,
  });
  expect(answers.get(403) ?? 0, 'refused outsiders').toBeGreaterThan(0);
  expect(answers.get(401) ?? 0, 'refused tokens').toBeGreaterThan(0);
  expect(p95(during), 'ms for the others, at worst').toBeLessThan(2_000);
  expect(await createSfuView(ministry.facts).participants(room.roomId)).toEqual([]);
});

test('a thousand hints neither keep a removed person in nor the homeserver busy @hostile', async ({ cast, stack }) => {
  const alice = await cast.person('alice');
  const bob = await cast.person('bob');
  const mallory = await cast.person('dave');
  // Without the watcher a removal is found by hints and by going round.
  const room = await makeRoom(stack, alice, [bob, mallory], { watcher: false });
  const [bobs, mallorys] = await Promise.all(
    [bob, mallory].map((person) => askDoor(stack.facts, person.matrix, room.roomId, 'homeserver')),
  );
  if (bobs === undefined || mallorys === undefined) throw new Error('no token');
  const socket = await sit(stack.facts, bobs);
  const { token } = (JSON.parse(mallorys.text) as { 'app.palabre.session': { token: string } })['app.palabre.session'];
  const address = `${stack.facts.urls.api}/api/rooms/${encodeURIComponent(room.roomId)}/recheck`;
  const questions = async () => {
    const text = await (await fetch(`${stack.facts.internal.bridgeInternal}/metrics`)).text();
    return Number(/^palabre_is_joined_seconds_count (\d+)/m.exec(text)?.[1]);
  };

  const before = await questions();
  let sent = 0;
  const flooding = flood(
    20,
    () => sent < 1_000,
    () => {
      sent += 1;
      return knock(
        address,
        { user_id: sent % 2 === 0 ? alice.userId : mallory.userId },
        { authorization: `Bearer ${token}` },
      );
    },
  );
  await alice.matrix.kick(room.roomId, bob.userId);
  const kickedMs = Date.now();
  // The patrol comes round every two seconds; a machine that is busy with the flood takes longer.
  await expect.poll(() => socket.isOpen(), { intervals: [50], timeout: 10_000 }).toBe(false);
  test.info().annotations.push({ type: 'ms after the kick', description: String(Date.now() - kickedMs) });
  const answers = await flooding;
  expect([...answers.keys()].sort()).toEqual([200, 429]);
  expect(answers.get(200)).toBeLessThanOrEqual(60);
  expect((await questions()) - before, 'questions to the homeserver').toBeLessThan(200);
  expect(await createSfuView(stack.facts).participants(room.roomId)).not.toContain(bob.userId);
});
