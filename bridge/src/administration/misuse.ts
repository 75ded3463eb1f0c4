/** The command line cannot be understood; the message says how it should look. */
export class Misuse extends Error {}

/** @throws {Misuse} */
export function checkRoomId(roomId: string): string {
  if (!roomId.startsWith('!')) throw new Misuse(`${roomId} is not a room id such as !abc.`);
  return roomId;
}
