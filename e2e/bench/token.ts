import { makeRoom } from '../fixtures/meeting.ts';
import { askDoor, doorAddress, doorBody, knock } from '../matrix/doors.ts';
import { cpuSeconds, numberOption, onGround, percentile, progress, report } from './harness.ts';

/** Verified, membership-checked grants against real Synapse, 50 at once, nothing cached, through the OpenID door. */
const COUNT = numberOption('n', 2000);
const AT_ONCE = numberOption('at-once', 50);
const ROUNDS = 5;

await onGround(async ({ stack, cast }) => {
  const people = await Promise.all((['alice', 'bob', 'carol', 'dave'] as const).map((name) => cast.person(name)));
  const [first, ...others] = people;
  if (first === undefined) throw new Error('nobody there');
  const room = await makeRoom(stack, first, others);
  const bodies = await Promise.all(people.map((one) => doorBody(stack.facts, one.matrix, room.roomId, 'get_token')));
  const address = doorAddress(stack.facts, 'get_token');
  const ask = async (index: number): Promise<number> => {
    const startedMs = performance.now();
    const answer = await knock(address, bodies[index % bodies.length]);
    if (answer.status !== 200) throw new Error(`refused: ${String(answer.status)} ${answer.text}`);
    return performance.now() - startedMs;
  };
  const many = async (count: number): Promise<readonly number[]> => {
    const times: number[] = [];
    let next = 0;
    const worker = async () => {
      while (next < count) {
        next += 1;
        times.push(await ask(next));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return times;
  };

  progress('warming up');
  await many(200);
  const alone: number[] = [];
  for (let index = 0; index < 50; index += 1) alone.push(await ask(index));

  progress(`${String(COUNT)} grants, ${String(AT_ONCE)} at once`);
  const pids = { bridge: await stack.pid('bridge'), synapse: await stack.pid('synapse') };
  if (pids.bridge === undefined || pids.synapse === undefined) throw new Error('bridge or Synapse is down');
  const used = { bridge: 0, synapse: 0, seconds: 0 };
  const times: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = { bridge: cpuSeconds(pids.bridge), synapse: cpuSeconds(pids.synapse), ms: performance.now() };
    const answered = await many(COUNT / ROUNDS);
    const bridge = cpuSeconds(pids.bridge) - before.bridge;
    used.bridge += bridge;
    used.synapse += cpuSeconds(pids.synapse) - before.synapse;
    used.seconds += (performance.now() - before.ms) / 1000;
    times.push(...answered);
    rates.push(answered.length / bridge);
    progress(
      `round ${String(round + 1)}/${String(ROUNDS)}: ${String(Math.round(rates.at(-1) ?? 0))} per second of CPU`,
    );
  }

  const door: number[] = [];
  for (let index = 0; index < 50; index += 1) {
    const at = performance.now();
    await askDoor(stack.facts, first.matrix, room.roomId, 'homeserver');
    door.push(performance.now() - at);
  }
  report({
    bench: 'token',
    unit: 'grants per second of bridge CPU',
    samples: rates,
    value: times.length / used.bridge,
    more: {
      grants: times.length,
      per_second: Math.round(times.length / used.seconds),
      p50_ms: Math.round(percentile(times, 0.5)),
      p99_ms: Math.round(percentile(times, 0.99)),
      alone_p50_ms: Math.round(percentile(alone, 0.5) * 10) / 10,
      homeserver_door_p50_ms: Math.round(percentile(door, 0.5) * 10) / 10,
      bridge_cpu_s: Math.round(used.bridge * 100) / 100,
      synapse_cpu_s: Math.round(used.synapse * 100) / 100,
      at_once: AT_ONCE,
    },
  });
});
