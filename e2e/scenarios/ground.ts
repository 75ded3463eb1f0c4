import type { Cast, Person } from '../fixtures/cast.ts';
import { makeRoom } from '../fixtures/meeting.ts';
import type { MeetingRoom } from '../fixtures/meeting.ts';
import { createEncryptedReader } from '../matrix/encrypted-reader.ts';
import { createPlainReader } from '../matrix/reader.ts';
import type { RoomReader } from '../matrix/reader.ts';
import type { StackControl } from '../stack/control-client.ts';

/** The same scenario runs in rooms of both kinds. */
export interface Scenario {
  readonly cast: Cast;
  readonly stack: StackControl;
  readonly encrypted: boolean;
}

/**
 * A room for the scenario, and somebody who reads along in it with a client of their own: what an independent client can
 * read is what was posted.
 */
export async function roomWithReader(
  { cast, stack, encrypted }: Scenario,
  creator: Person,
  others: readonly Person[],
): Promise<{ room: MeetingRoom; reader: RoomReader }> {
  if (!encrypted) {
    const room = await makeRoom(stack, creator, others);
    return { room, reader: createPlainReader(creator.matrix, room.roomId) };
  }
  const observer = await cast.person('dave');
  const room = await makeRoom(stack, creator, [...others, observer], { encrypted });
  const reader = await createEncryptedReader(stack.facts.internal.synapse, observer, room.roomId);
  cast.afterwards(() => reader.close());
  return { room, reader };
}
