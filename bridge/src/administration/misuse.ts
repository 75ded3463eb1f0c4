/** The command cannot be understood, or not be done now; the message says what to do. */
export class Misuse extends Error {}

/** @throws {Misuse} */
export function checkRoomId(roomId: string): string {
  if (!roomId.startsWith('!')) throw new Misuse(`${roomId} is not a room id such as !abc.`);
  return roomId;
}
