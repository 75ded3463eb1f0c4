import { PalabreError, USER_ID_PATTERN } from '@palabre/protocol';
import { createMatrixClient, isOutOfSight, MatrixUnreachable, statePath } from '../appservice/index.ts';
import type { MatrixClient } from '../appservice/index.ts';
import { createDomainPolicy, createJoined, successorNamedBy } from '../membership/index.ts';
import type { Standing, Tombstone } from '../membership/index.ts';
import { createMetrics, derive } from '../operations/index.ts';
import type { Config, PolicyConfig } from '../operations/index.ts';
import { checkRoomId, Misuse } from './misuse.ts';

export const POLICY_HELP = `npm run palabre -- policy explain @user:server [!room]
  what this deployment lets somebody do, and why`;

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

interface RoomFacts {
  readonly joined: boolean;
  /** undefined: not replaced, as far as the watcher sees. */
  readonly tombstone: Tombstone | undefined;
}

async function tombstoneIn(client: MatrixClient, roomId: string): Promise<Tombstone | undefined> {
  try {
    return { successor: successorNamedBy(await client.request('GET', statePath(roomId, 'm.room.tombstone'))) };
  } catch (error) {
    if (isOutOfSight(error)) return undefined;
    throw error;
  }
}

async function lookAt(config: Config, roomId: string, userId: string): Promise<RoomFacts> {
  const { asToken } = config.appservice;
  const client = createMatrixClient({ baseUrl: config.homeserver.baseUrl, ca: config.homeserver.ca, asToken });
  try {
    const { serverName } = config;
    const { watcherUserId } = derive(config);
    const now = () => Date.now();
    const asked = createJoined({ client, serverName, watcherUserId, metrics: createMetrics(), now });
    const [joined, tombstone] = await Promise.all([asked.isJoined(roomId, userId), tombstoneIn(client, roomId)]);
    return { joined, tombstone };
  } catch (error) {
    if (!(error instanceof MatrixUnreachable || error instanceof PalabreError)) throw error;
    throw new Misuse(
      `The homeserver at ${config.homeserver.baseUrl} does not answer, so it is not known whether ${userId} is in ${roomId}. Start it and try again, or leave out the room to read what the policy says.`,
      { cause: error },
    );
  } finally {
    await client.close();
  }
}

/** The last lines: what all of this means for one room. */
export function conclude(roomId: string, { joined, tombstone }: RoomFacts, standing: Standing): string[] {
  const admitted = joined && standing.rules.enter && tombstone === undefined;
  const conditions = [
    ...(standing.rules.lobby ? [', once a moderator of this server has let them in'] : []),
    ...(standing.encryptedRoomsOnly ? [', if the watcher is there and the room encrypted'] : []),
  ];
  const replaced =
    tombstone === undefined
      ? []
      : [
          `  ${roomId} was replaced${tombstone.successor === undefined ? '' : ` by ${tombstone.successor}`}: nobody gets into its call any more, and nothing new is recorded there.`,
        ];
  return [
    `  joined to ${roomId}: ${yesNo(joined)}`,
    ...replaced,
    `So: ${admitted ? 'gets a token' : 'gets no token'} for its call${admitted ? conditions.join('') : ''}.`,
  ];
}

/** @param args what follows `policy`. @throws {Misuse} */
export async function policy(args: readonly string[], config: () => Config): Promise<string[]> {
  const [verb, userId, roomId, ...rest] = args;
  if (verb !== 'explain' || userId === undefined || rest.length > 0) throw new Misuse(POLICY_HELP);
  if (!USER_ID_PATTERN.test(userId)) throw new Misuse(`${userId} is not a Matrix user id such as @alice:example.org.`);
  if (roomId !== undefined) checkRoomId(roomId);
  const known = config();
  const domainPolicy = createDomainPolicy(known.serverName, known.policy);
  const standing = domainPolicy.of(userId);
  const lines = explain(userId, standing, domainPolicy.servers());
  return roomId === undefined ? lines : [...lines, ...conclude(roomId, await lookAt(known, roomId, userId), standing)];
}
