/** `npm run palabre -- …`: commands for administrators, run by Node 24 against the configuration that `npm start` wrote. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { underNode } from './bootstrap/node.mjs';
import { follow } from './follow.mjs';
import { defaultDataDir, locateTools, repository } from './places.mjs';
import { giveUp, Refusal } from './refusal.mjs';

try {
  const { node } = locateTools();
  if (node === undefined) throw new Refusal('Palabre is not installed yet: run `npm start` once.');
  const written = join(defaultDataDir(), 'bridge.json');
  const config = process.env['PALABRE_CONFIG'] ?? (existsSync(written) ? written : '');
  process.exitCode = await follow(
    node,
    [
      '--disable-warning=ExperimentalWarning',
      join(repository, 'bridge', 'src', 'palabre.ts'),
      ...process.argv.slice(2),
    ],
    { env: { ...underNode(node), PALABRE_CONFIG: config } },
  );
} catch (error) {
  giveUp(error);
}
