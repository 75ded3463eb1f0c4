/** `npm run bench -- NAME [arguments]`: installs what is missing, then runs e2e/bench/NAME.ts under Node 24. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { bootstrap } from './bootstrap/index.mjs';
import { underNode } from './bootstrap/node.mjs';
import { follow } from './follow.mjs';
import { repository } from './places.mjs';
import { giveUp, Refusal } from './refusal.mjs';

try {
  const folder = join(repository, 'e2e', 'bench');
  const [name = '', ...args] = process.argv.slice(2);
  const file = join(folder, `${name}.ts`);
  if (!/^[a-z-]+$/.test(name) || !existsSync(file)) {
    const known = existsSync(folder)
      ? readdirSync(folder)
          .flatMap((entry) => /^([a-z-]+)\.ts$/.exec(entry)?.[1] ?? [])
          // What the benchmarks share is no benchmark.
          .filter((entry) => /\bbench: '/.test(readFileSync(join(folder, `${entry}.ts`), 'utf8')))
      : [];
    throw new Refusal(`Which benchmark? npm run bench -- NAME [--json], with NAME one of: ${known.join(', ')}.`);
  }
  // The figures go to standard output, the set-up's words do not: the last line stays the result.
  const { node } = await bootstrap({ say: (text) => console.error(text) });
  process.exitCode = await follow(node, ['--disable-warning=ExperimentalWarning', file, ...args], {
    cwd: join(repository, 'e2e'),
    env: underNode(node),
  });
} catch (error) {
  giveUp(error);
}
