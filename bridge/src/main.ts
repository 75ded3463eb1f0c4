import { pingHomeserver, registerBot } from './appservice/index.ts';
import { createCapabilities } from './capabilities.ts';
import { openEntrances } from './entrances.ts';
import { ConfigError, createLog, derive, loadConfig } from './operations/index.ts';
import type { Config, Log, PolicyConfig } from './operations/index.ts';
import { inOrder } from './start-up.ts';

const PRUNE_EVERY_MS = 15 * 60_000;

interface Bridge {
  /** From now on this policy counts, for those who are in calls, too. */
  usePolicy(policy: PolicyConfig): Promise<void>;
  close(): Promise<void>;
}

/** Runs the bridge. */
async function run(config: Config, log: Log): Promise<Bridge> {
  const closing = new AbortController();
  const parts = await createCapabilities(config, log, closing.signal);
  const { audit, client, inbox, lobby, meetings, minutes, patrol, gate, scribe, complain } = parts;
  const { watcherUserId, scribeUserId } = derive(config);

  // What a former process left comes before what arrives now.
  await meetings.resume();
  await inbox.resume();
  const entrances = await openEntrances(config, parts, log, closing.signal);

  const started = inOrder(
    [
      ['watcher', () => registerBot(client, { userId: watcherUserId, displayName: 'Palabre' })],
      ['scribe account', () => registerBot(client, { userId: scribeUserId, displayName: 'Palabre scribe' })],
      ['ping', () => pingHomeserver(client, config.appservice.id)],
      // Whoever was put out while we were away leaves now, before anybody can come in.
      ['live participants', () => patrol.checkAll()],
      [
        'gate',
        () => {
          gate.open();
          patrol.start();
          log.logger.info('people can enter calls');
          return Promise.resolve();
        },
      ],
      ['lobby', () => lobby.resume()],
      ['scribe', () => scribe.resume()],
      ['minutes', () => minutes.start()],
      [
        'retention',
        () => {
          parts.retention.start();
          audit.start();
          return Promise.resolve();
        },
      ],
    ],
    log,
    closing.signal,
  );

  const pruning = setInterval(() => {
    Promise.all([parts.identities, parts.sessions, parts.probation, parts.denials].map((part) => part.prune())).catch(
      complain('old records could not be removed'),
    );
  }, PRUNE_EVERY_MS);

  const usePolicy: Bridge['usePolicy'] = async (next) => {
    // First: what an administrator takes away counts at once, be the database away.
    parts.policy.replace(next);
    entrances.usePolicy();
    patrol.checkAgain().catch(complain('people in calls could not be looked at after a change of policy'));
    await audit
      .during({ action: 'policy.reload', means: 'server' }, () => Promise.resolve())
      .catch(complain('a change of policy is not in the audit trail'));
  };
  const close = async () => {
    closing.abort();
    clearInterval(pruning);
    lobby.close();
    gate.close();
    await entrances.close();
    await started;
    audit.close();
    await parts.retention.close();
    await minutes.close();
    await scribe.close();
    await patrol.close();
    await parts.eviction.close();
    await meetings.close();
    await inbox.close();
    await parts.openId.close();
    await client.close();
    parts.files.close();
    await parts.database.destroy();
  };
  return { usePolicy, close };
}

async function main(): Promise<void> {
  const config = loadConfig(process.env['PALABRE_CONFIG']);
  const log = createLog(config.logLevel, config.appservice.hsToken);
  const starting = run(config, log);
  // From the first moment on: unheard, this signal ends a process.
  process.on('SIGHUP', () => {
    starting
      .then(async (bridge) => {
        await bridge.usePolicy(loadConfig(process.env['PALABRE_CONFIG']).policy);
        log.logger.info('the policy was read again; other changes count after a restart');
      })
      .catch((error: unknown) => {
        log.logger.error({ err: error }, 'the configuration cannot be used: the policy stays as it is');
      });
  });
  const bridge = await starting;
  let ending = false;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (ending) return;
      ending = true;
      bridge.close().then(
        () => process.exit(0),
        (error: unknown) => {
          log.logger.error({ err: error }, 'the bridge did not end cleanly');
          process.exit(1);
        },
      );
    });
  }
}

try {
  await main();
} catch (error) {
  // Without a configuration there is no logger yet.
  const text = error instanceof ConfigError ? error.message : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
