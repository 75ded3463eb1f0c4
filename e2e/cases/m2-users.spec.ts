import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot, locateTools, repository } from '../../scripts/places.mjs';
import { reachable } from '../../scripts/stack/users.mjs';
import { expect, test } from '../fixtures/test.ts';
import type { ServiceName } from '../stack/contract.ts';

const idOf = (user: string, of: '-u' | '-g'): number => Number(execFileSync('id', [of, user], { encoding: 'utf8' }));

test('started as root, what strangers talk to runs as a user of its own @line', async ({ stack }) => {
  const uidOf = async (service: ServiceName): Promise<number> => {
    const status = readFileSync(`/proc/${String(await stack.pid(service))}/status`, 'utf8');
    return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
  };
  const tools = locateTools();
  const needs = {
    livekit: [tools.livekit],
    synapse: [tools.synapsePython],
    speech: [tools.speechPython, tools.model, join(repository, 'bridge', 'speech-server', 'server.py')],
  };
  for (const service of ['livekit', 'synapse', 'speech'] as const) {
    const name = `palabre-${service}`;
    const user = isRoot ? { name, uid: idOf(name, '-u'), gid: idOf(name, '-g') } : undefined;
    // A cache in root's home is out of their reach, and the stack says that it stays root.
    const reaches =
      user !== undefined && needs[service].every((path) => path !== undefined && reachable(user, path, 'r'));
    expect(await uidOf(service), `uid of ${service}`).toBe(reaches ? user.uid : process.getuid?.());
  }
  expect((await uidOf('postgres')) === 0, 'PostgreSQL is root').toBe(false);
});
