import { matchesServer, serverOf } from '@palabre/protocol';
import type { ClassRules, PolicyConfig } from '../operations/index.ts';

export type ServerClass = 'own' | 'partner' | 'extern' | 'denied';

/** What the policy says of one person, and why. */
export interface Standing {
  readonly class: ServerClass;
  /** The pattern that decided; undefined for our own people and for whom nothing matches. */
  readonly match: string | undefined;
  readonly rules: ClassRules;
  /** Their SFU is another one than ours, and policy demands encryption where several are in use. */
  readonly encryptedRoomsOnly: boolean;
}

/** Another server as calls know it. */
export type OtherServer = PolicyConfig['servers'][number] & {
  /** Its people have a lobby or a time limit, which our own SFU keeps. */
  readonly guarded: boolean;
};

/** Which servers' people may do what in calls here (docs/administrators.md). */
export interface DomainPolicy {
  of(userId: string): Standing;
  /**
   * Is this another organisation's scribe? Only whom the administrator names is one: nobody can say so of themselves, since it
   * is left out of who is there, who is asked and who is kept. What it publishes on our SFU is nothing, so that no person speaks by it.
   */
  isScribe(userId: string): boolean;
  /** May its token service and its users be spoken to at all? */
  admits(serverName: string): boolean;
  /** Other servers as configured; those whose people may not enter without their SFUs, so that nobody goes there. */
  servers(): OtherServer[];
  /** The same, with the transports that calls in such a room may use. */
  serversFor(room: { readonly encrypted: boolean }): OtherServer[];
  encryptionAcrossSfus(): 'optional' | 'required';
  /** From now on this one counts. */
  replace(next: PolicyConfig): void;
}

const EVERYTHING: ClassRules = {
  enter: true,
  publish: ['microphone', 'camera', 'screen'],
  record: true,
  captions: true,
  lobby: false,
};
const NOTHING: ClassRules = { enter: false, publish: [], record: false, captions: false, lobby: false };
const DEFAULTS: Readonly<Record<Exclude<ServerClass, 'denied'>, ClassRules>> = {
  own: EVERYTHING,
  partner: EVERYTHING,
  // Somebody from outside hears and is heard, and may read what they hear; what is shown and kept is ours to decide.
  extern: { enter: true, publish: ['microphone', 'camera'], record: false, captions: true, lobby: false },
};

export function createDomainPolicy(serverName: string, initial: PolicyConfig): DomainPolicy {
  let config = initial;

  const needsEncryption = (): boolean => config.encryptionAcrossSfus === 'required';

  const rulesOf = (name: Exclude<ServerClass, 'denied'>): ClassRules => {
    const { enter, publish, record, captions, lobby } = DEFAULTS[name];
    const changed = config.classes[name];
    return {
      enter: changed?.enter ?? enter,
      publish: changed?.publish ?? publish,
      record: changed?.record ?? record,
      captions: changed?.captions ?? captions,
      lobby: changed?.lobby ?? lobby,
      maxMinutes: changed?.maxMinutes,
    };
  };
  const standingOf = (server: string): Standing => {
    if (server === serverName)
      return { class: 'own', match: undefined, rules: rulesOf('own'), encryptedRoomsOnly: false };
    const found = config.servers.find(({ match }) => matchesServer(match, server));
    if (found === undefined || found.class === 'denied')
      return { class: 'denied', match: found?.match, rules: NOTHING, encryptedRoomsOnly: false };
    const encryptedRoomsOnly = needsEncryption() && found.transports.length > 0;
    return { class: found.class, match: found.match, rules: rulesOf(found.class), encryptedRoomsOnly };
  };

  const isScribe = (userId: string): boolean => {
    const server = serverOf(userId) ?? '';
    return config.servers.find(({ match }) => matchesServer(match, server))?.scribes?.includes(userId) ?? false;
  };

  const servers: DomainPolicy['servers'] = () =>
    config.servers.map((server) => {
      const { enter, lobby, maxMinutes } = server.class === 'denied' ? NOTHING : rulesOf(server.class);
      const guarded = lobby || maxMinutes !== undefined;
      // The entry stays: the first match counts.
      return { ...server, guarded, transports: enter ? server.transports : [] };
    });

  return {
    of: (userId) => {
      const standing = standingOf(serverOf(userId) ?? '');
      return isScribe(userId) ? { ...standing, rules: { ...standing.rules, publish: [] } } : standing;
    },
    isScribe,
    admits: (server) => standingOf(server).rules.enter,
    servers,
    encryptionAcrossSfus: () => config.encryptionAcrossSfus ?? 'optional',
    serversFor: ({ encrypted }) =>
      encrypted || !needsEncryption() ? servers() : servers().map((server) => ({ ...server, transports: [] })),
    replace: (next) => {
      config = next;
    },
  };
}
