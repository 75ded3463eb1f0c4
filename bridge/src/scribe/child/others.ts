import { isNameable } from '@palabre/protocol';
import type { ChildConfig } from '../contract.ts';

interface Device {
  readonly userId: string;
  readonly deviceId: string;
}

/** Which members of a call are people to this scribe: not itself, and no scribe of another organisation that policy names. */
export function peopleFor({ userId, deviceId, partners }: Pick<ChildConfig, 'userId' | 'deviceId' | 'partners'>) {
  const scribes = new Set(partners.flatMap((partner) => partner.scribes ?? []));
  return (member: Device): boolean =>
    !(member.userId === userId && member.deviceId === deviceId) &&
    !scribes.has(member.userId) &&
    isNameable(member.userId, member.deviceId);
}
