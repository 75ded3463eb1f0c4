import type { BorderRule, BorderTraffic } from './border-gateway.ts';
import type { Account, HomeFacts, Organisation, ServiceName, StackFacts } from './contract.ts';

/** Set by the global set-up; set it by hand to use a stack that `stack/serve.ts` keeps running. */
export const STACK_VARIABLE = 'PALABRE_E2E_STACK';

/** One organisation as a test sees it. */
export interface HomeControl {
  readonly facts: HomeFacts;
  register(name: string, password: string, admin?: boolean): Promise<Account>;
}

/** An organisation with everything: the single stack, or one of the federated ones. */
export interface StackControl extends HomeControl {
  readonly facts: StackFacts;
  pid(service: ServiceName): Promise<number | undefined>;
  kill(service: ServiceName, signal?: NodeJS.Signals): Promise<void>;
  hold(service: ServiceName): Promise<void>;
  release(service: ServiceName): Promise<void>;
}

/** The gateway in front of an organisation's homeserver. */
export interface BorderControl {
  /** From now on; what has been counted is forgotten. */
  rule(rule: BorderRule): Promise<void>;
  traffic(): Promise<BorderTraffic>;
}

/** Three organisations that federate (`scripts/stack/federation.mjs`). */
export interface FederationControl {
  readonly borders: Readonly<Record<Organisation, BorderControl>>;
  readonly ministry: StackControl;
  readonly agency: StackControl;
  readonly town: HomeControl;
}

type Call = (action: string, body?: Record<string, unknown>) => Promise<unknown>;

function callsTo(url: string | undefined, organisation?: Organisation): Call {
  if (url === undefined)
    throw new Error(`${STACK_VARIABLE} is not set: run the tests through Playwright's global set-up`);
  return async (action, body = {}) => {
    const response = await fetch(`${url}/${action}`, {
      method: 'POST',
      body: JSON.stringify({ ...body, organisation }),
    });
    if (!response.ok) throw new Error(`stack ${action} ${JSON.stringify(body)}: ${await response.text()}`);
    return (await response.json()) as unknown;
  };
}

async function homeControl(call: Call): Promise<HomeControl> {
  return {
    facts: (await call('facts')) as HomeFacts,
    register: async (name, password, admin = false) => (await call('register', { name, password, admin })) as Account,
  };
}

async function stackControl(call: Call): Promise<StackControl> {
  const home = await homeControl(call);
  return {
    ...home,
    // Only an organisation without services has less.
    facts: home.facts as StackFacts,
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

export function connectToStack(url = process.env[STACK_VARIABLE]): Promise<StackControl> {
  return stackControl(callsTo(url));
}

/** Starts the federated stack if it does not run yet. */
export async function connectToFederation(url = process.env[STACK_VARIABLE]): Promise<FederationControl> {
  const [ministry, agency, town] = await Promise.all([
    stackControl(callsTo(url, 'ministry')),
    stackControl(callsTo(url, 'agency')),
    homeControl(callsTo(url, 'town')),
  ]);
  const border = (organisation: Organisation): BorderControl => {
    const call = callsTo(url, organisation);
    return {
      rule: async (rule) => {
        await call('border', { rule });
      },
      traffic: async () => (await call('border-traffic')) as BorderTraffic,
    };
  };
  const borders = { ministry: border('ministry'), agency: border('agency'), town: border('town') };
  return { ministry, agency, town, borders };
}
