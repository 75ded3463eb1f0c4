import type { IdentityDirectory, IdentityRecord } from './people.ts';

/** A record of identities in memory, for tests. */
export interface FakeIdentities extends IdentityDirectory {
  put(record: Partial<IdentityRecord> & Pick<IdentityRecord, 'identity' | 'userId'>): IdentityRecord;
  readonly revoked: Set<string>;
}

export function createFakeIdentities(livekitRoom: string, roomId: string): FakeIdentities {
  const records = new Map<string, IdentityRecord>();
  const revoked = new Set<string>();
  const shown = (record: IdentityRecord) => ({ ...record, revoked: revoked.has(record.identity) });
  return {
    revoked,
    put(record) {
      const full: IdentityRecord = {
        livekitRoom,
        roomId,
        slotId: 'm.call#ROOM',
        deviceId: 'DEVICE',
        door: 'homeserver',
        revoked: false,
        ...record,
      };
      records.set(`${full.livekitRoom}\0${full.identity}`, full);
      return full;
    },
    find(room, identity) {
      const record = records.get(`${room}\0${identity}`);
      return Promise.resolve(record === undefined ? undefined : shown(record));
    },
    of: (room, userId) =>
      Promise.resolve(
        [...records.values()].filter((record) => record.roomId === room && record.userId === userId).map(shown),
      ),
    findAll: (room, identities) =>
      Promise.resolve(
        [...records.values()]
          .filter((record) => record.livekitRoom === room && identities.includes(record.identity))
          .map(shown),
      ),
    revoke(_room, identity) {
      revoked.add(identity);
      return Promise.resolve();
    },
    touch: () => Promise.resolve(),
  };
}
