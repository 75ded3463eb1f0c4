import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFederation } from '../../scripts/stack/federation.mjs';
import { startStack } from '../../scripts/stack/index.mjs';
import { createBorderGateway } from './border-gateway.ts';
import type { BorderGateway } from './border-gateway.ts';
import type {
  HomeFacts,
  Organisation,
  RunningFederation,
  RunningHome,
  RunningStack,
  SpeechEngine,
  StackFacts,
} from './contract.ts';

/** What most cases look at needs nobody's answer; those about consent have people asked in their own rooms. */
const NOBODY_ASKED = { default: 'announce' };

export interface LaunchedStack {
  readonly stack: RunningStack;
  readonly facts: StackFacts;
  close(): Promise<void>;
}

function factsOf(stack: RunningStack, dataDir: string): StackFacts {
  const { urls, internal, serverName, configPath, secrets, services } = stack;
  const { postgres, synapse, livekit, speech, bridge } = services;
  return {
    urls,
    internal,
    serverName,
    dataDir,
    configPath,
    secrets,
    logPaths: {
      postgres: postgres.logPath,
      synapse: synapse.logPath,
      livekit: livekit.logPath,
      speech: speech.logPath,
      bridge: bridge.logPath,
    },
  };
}

async function freshFolder(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'palabre-e2e-'));
  // mkdtemp gives 0700; started as root, PostgreSQL runs as another user and must be able to pass.
  await chmod(dataDir, 0o755);
  return dataDir;
}

async function forget(dataDir: string): Promise<void> {
  if (process.env['PALABRE_E2E_KEEP'] === undefined) await rm(dataDir, { recursive: true, force: true });
  else process.stderr.write(`[stack] kept ${dataDir}\n`);
}

const say = (text: string) => {
  process.stderr.write(`[stack] ${text}\n`);
};

export interface LaunchedFederation {
  readonly homes: Readonly<Record<Organisation, RunningHome>>;
  readonly stacks: Readonly<Record<'ministry' | 'agency', RunningStack>>;
  readonly facts: Readonly<Record<'ministry' | 'agency', StackFacts> & { town: HomeFacts }>;
  /** In front of each homeserver; open until somebody says otherwise. */
  readonly borders: Readonly<Record<Organisation, BorderGateway>>;
  close(): Promise<void>;
}

/** Three organisations that federate, in a fresh data folder. @param speech a speech server that runs, for both scribes */
export async function launchFederation(speech: SpeechEngine | undefined): Promise<LaunchedFederation> {
  const dataDir = await freshFolder();
  const gateways = new Map<Organisation, BorderGateway>();
  const borderOf = (name: Organisation): BorderGateway => {
    const gateway = gateways.get(name);
    if (gateway === undefined) throw new Error(`no gateway was asked for in front of the ${name}`);
    return gateway;
  };
  const started: unknown = await startFederation({
    dataDir,
    border: async ({ organisation, ...place }) => {
      const gateway = await createBorderGateway(place);
      gateways.set(organisation, gateway);
      return gateway;
    },
    quietRateLimits: true,
    consent: NOBODY_ASKED,
    speech:
      speech === undefined ? false : { baseUrl: speech.baseUrl, apiKey: speech.apiKey, operator: speech.operator },
    onProgress: say,
  });
  const federation = started as RunningFederation;
  const { ministry, agency, town } = federation;
  return {
    homes: { ministry, agency, town },
    borders: { ministry: borderOf('ministry'), agency: borderOf('agency'), town: borderOf('town') },
    stacks: { ministry, agency },
    facts: {
      ministry: factsOf(ministry, join(dataDir, 'ministry')),
      agency: factsOf(agency, join(dataDir, 'agency')),
      town: { urls: town.urls, internal: town.internal, serverName: town.serverName },
    },
    close: async () => {
      await federation.close();
      await forget(dataDir);
    },
  };
}

/** Starts a whole Palabre on ports that the system chooses, in a fresh data folder that is deleted afterwards. */
export async function launchStack(options: { readonly speech?: boolean } = {}): Promise<LaunchedStack> {
  const dataDir = await freshFolder();
  const started: unknown = await startStack({
    dataDir,
    ports: 'any',
    quietRateLimits: true,
    consent: NOBODY_ASKED,
    speech: options.speech ?? true,
    onProgress: say,
  });
  // scripts/ is plain JavaScript; `RunningStack` is the contract both sides were written to.
  const stack = started as RunningStack;
  return {
    stack,
    facts: factsOf(stack, dataDir),
    close: async () => {
      await stack.close();
      await forget(dataDir);
    },
  };
}
