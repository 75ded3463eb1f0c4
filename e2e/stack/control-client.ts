import type { Account, ServiceName, StackFacts } from './contract.ts';

/** Set by the global set-up; set it by hand to use a stack that `stack/serve.ts` keeps running. */
export const STACK_VARIABLE = 'PALABRE_E2E_STACK';

/** The running stack as a test sees it. */
export interface StackControl {
  readonly facts: StackFacts;
  register(name: string, password: string, admin?: boolean): Promise<Account>;
  pid(service: ServiceName): Promise<number | undefined>;
  kill(service: ServiceName, signal?: NodeJS.Signals): Promise<void>;
  hold(service: ServiceName): Promise<void>;
  release(service: ServiceName): Promise<void>;
}

export async function connectToStack(url = process.env[STACK_VARIABLE]): Promise<StackControl> {
  if (url === undefined)
    throw new Error(`${STACK_VARIABLE} is not set: run the tests through Playwright's global set-up`);
  const call = async (action: string, body: Record<string, unknown> = {}): Promise<unknown> => {
    const response = await fetch(`${url}/${action}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`stack ${action} ${JSON.stringify(body)}: ${await response.text()}`);
    return response.json();
  };
  return {
    facts: (await call('facts')) as StackFacts,
    register: async (name, password, admin = false) => (await call('register', { name, password, admin })) as Account,
    pid: async (service) => ((await call('pid', { service })) as { pid: number | null }).pid ?? undefined,
    kill: async (service, signal = 'SIGKILL') => {
      await call('kill', { service, signal });
    },
    hold: async (service) => {
      await call('hold', { service });
    },
    release: async (service) => {
      await call('release', { service });
    },
  };
}
