import { STACK_VARIABLE } from './control-client.ts';
import { serveControl } from './control-server.ts';
import { launchStack } from './launch.ts';

/** `node e2e/stack/serve.ts`: keeps one stack running for quick repeated test runs; prints the variable to set. */
const launched = await launchStack();
const control = await serveControl(launched);
process.stdout.write(`export ${STACK_VARIABLE}=${control.url}\n${JSON.stringify(launched.facts.urls)}\n`);
const stop = () => {
  void control
    .close()
    .then(() => launched.close())
    .then(() => process.exit(0));
};
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
