import { STACK_VARIABLE } from './control-client.ts';
import { serveControl } from './control-server.ts';
import { launchStack } from './launch.ts';

/** One stack for the whole run; with `PALABRE_E2E_STACK` set, the one that already runs there. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  if (process.env[STACK_VARIABLE] !== undefined) return () => Promise.resolve();
  const launched = await launchStack();
  const control = await serveControl(launched);
  process.env[STACK_VARIABLE] = control.url;
  return async () => {
    await control.close();
    await launched.close();
  };
}
