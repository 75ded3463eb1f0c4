import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '../../scripts/stack/index.mjs';
import type { RunningStack, StackFacts } from './contract.ts';

export interface LaunchedStack {
  readonly stack: RunningStack;
  readonly facts: StackFacts;
  close(): Promise<void>;
}

/** Starts a whole Palabre on ports that the system chooses, in a fresh data folder that is deleted afterwards. */
export async function launchStack(options: { readonly speech?: boolean } = {}): Promise<LaunchedStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'palabre-e2e-'));
  // mkdtemp gives 0700; started as root, PostgreSQL runs as another user and must be able to pass.
  await chmod(dataDir, 0o755);
  const started: unknown = await startStack({
    dataDir,
    ports: 'any',
    quietRateLimits: true,
    speech: options.speech ?? true,
    onProgress: (text: string) => {
      process.stderr.write(`[stack] ${text}\n`);
    },
  });
  // scripts/ is plain JavaScript; `RunningStack` is the contract both sides were written to.
  const stack = started as RunningStack;
  const facts: StackFacts = {
    urls: stack.urls,
    internal: stack.internal,
    serverName: stack.serverName,
    dataDir,
    configPath: stack.configPath,
    secrets: stack.secrets,
    logPaths: {
      postgres: stack.services.postgres.logPath,
      synapse: stack.services.synapse.logPath,
      livekit: stack.services.livekit.logPath,
      speech: stack.services.speech.logPath,
      bridge: stack.services.bridge.logPath,
    },
  };
  return {
    stack,
    facts,
    close: async () => {
      await stack.close();
      if (process.env['PALABRE_E2E_KEEP'] === undefined) await rm(dataDir, { recursive: true, force: true });
      else process.stderr.write(`[stack] kept ${dataDir}\n`);
    },
  };
}
