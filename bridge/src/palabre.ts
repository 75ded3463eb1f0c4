/** `npm run palabre -- policy explain @user:server [!room]`: what this deployment lets somebody do, and why. */
import { parseArgs } from 'node:util';
import { USER_ID_PATTERN } from '@palabre/protocol';
import { createMatrixClient } from './appservice/index.ts';
import { createDomainPolicy, createJoined } from './membership/index.ts';
import type { Standing } from './membership/index.ts';
import { ConfigError, createMetrics, derive, loadConfig } from './operations/index.ts';
import type { Config, PolicyConfig } from './operations/index.ts';

const HELP = `npm run palabre -- policy explain @user:server [!room]

  --config FILE   the bridge's configuration (default: PALABRE_CONFIG, or the one \`npm start\` wrote)`;

class Misuse extends Error {}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

function explain(
  userId: string,
  { class: name, match, rules, encryptedRoomsOnly }: Standing,
  servers: PolicyConfig['servers'],
): string[] {
  const why =
    name === 'own' ? 'of this server' : match === undefined ? 'no pattern of the policy matches' : `matches ${match}`;
  const transports = servers.find((server) => server.match === match)?.transports ?? [];
  return [
    `${userId} is ${name} (${why}).`,
    `  may enter calls:                ${yesNo(rules.enter)}`,
    `  may publish:                    ${rules.publish.length === 0 ? 'nothing' : rules.publish.join(', ')}`,
    `  may record, being a moderator:  ${yesNo(rules.record)}`,
    `  must be let in by a moderator:  ${yesNo(rules.lobby)}`,
    `  may stay in one meeting:        ${rules.maxMinutes === undefined ? 'as long as it lasts' : `${String(rules.maxMinutes)} min`}`,
    `  may see captions:               ${yesNo(rules.captions)}`,
    ...(encryptedRoomsOnly ? ['  in encrypted rooms only:        yes'] : []),
    ...transports.map(({ service }) => `  may publish on:                 ${service}`),
  ];
}

async function isJoined(config: Config, roomId: string, userId: string): Promise<boolean> {
  const { asToken } = config.appservice;
  const client = createMatrixClient({ baseUrl: config.homeserver.baseUrl, ca: config.homeserver.ca, asToken });
  try {
    const { serverName } = config;
    const { watcherUserId } = derive(config);
    const now = () => Date.now();
    const asked = createJoined({ client, serverName, watcherUserId, metrics: createMetrics(), now });
    return await asked.isJoined(roomId, userId);
  } finally {
    await client.close();
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { config: { type: 'string' } }, allowPositionals: true });
  const [topic, verb, userId, roomId, ...rest] = positionals;
  if (topic !== 'policy' || verb !== 'explain' || userId === undefined || rest.length > 0) throw new Misuse(HELP);
  if (!USER_ID_PATTERN.test(userId)) throw new Misuse(`${userId} is not a Matrix user id such as @alice:example.org.`);
  if (roomId !== undefined && !roomId.startsWith('!')) throw new Misuse(`${roomId} is not a room id such as !abc.`);
  const config = loadConfig(values.config ?? process.env['PALABRE_CONFIG']);
  const policy = createDomainPolicy(config.serverName, config.policy);
  const standing = policy.of(userId);
  const lines = explain(userId, standing, policy.servers());
  if (roomId !== undefined) {
    const joined = await isJoined(config, roomId, userId);
    const admitted = joined && standing.rules.enter;
    const provided = admitted && standing.encryptedRoomsOnly ? ', if the watcher is there and the room encrypted' : '';
    lines.push(
      `  joined to ${roomId}: ${yesNo(joined)}`,
      `So: ${admitted ? 'gets a token' : 'gets no token'} for its call${admitted && standing.rules.lobby ? ', once a moderator of this server has let them in' : ''}${provided}.`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

try {
  await main();
} catch (error) {
  const known = error instanceof Misuse || error instanceof ConfigError;
  process.stderr.write(`${known || error instanceof TypeError ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
