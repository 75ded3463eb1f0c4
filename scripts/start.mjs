/** `npm start`: installs what is missing, then hands over to the supervisor under Node 24. Built-in modules of Node 20 only. */
import { fileURLToPath } from 'node:url';

import { bootstrap } from './bootstrap/index.mjs';
import { underNode } from './bootstrap/node.mjs';
import { follow } from './follow.mjs';
import { START_HELP, startOptions } from './options.mjs';
import { giveUp } from './refusal.mjs';

try {
  const args = process.argv.slice(2);
  if (startOptions(args).help) console.log(START_HELP);
  else {
    const { node, without } = await bootstrap();
    const run = fileURLToPath(new URL('run.mjs', import.meta.url));
    const env = {
      ...underNode(node),
      PALABRE_WITHOUT: JSON.stringify(without),
      PALABRE_STARTED_MS: String(startedMs()),
    };
    process.exitCode = await follow(node, ['--disable-warning=ExperimentalWarning', run, ...args], { env });
  }
} catch (error) {
  giveUp(error);
}

function startedMs() {
  return Math.round(performance.timeOrigin);
}
