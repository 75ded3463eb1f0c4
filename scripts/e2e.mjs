/** `npm run e2e -- [arguments of playwright test]`: installs what is missing, then runs the end-to-end cases under Node 24. */
import { join } from 'node:path';

import { bootstrap } from './bootstrap/index.mjs';
import { underNode } from './bootstrap/node.mjs';
import { follow } from './follow.mjs';
import { repository } from './places.mjs';
import { giveUp } from './refusal.mjs';

try {
  const { node, without } = await bootstrap();
  for (const sentence of without) console.log(sentence);
  const playwright = join(repository, 'node_modules', '@playwright', 'test', 'cli.js');
  process.exitCode = await follow(node, [playwright, 'test', ...process.argv.slice(2)], {
    cwd: join(repository, 'e2e'),
    env: underNode(node),
  });
} catch (error) {
  giveUp(error);
}
