import { RoomServiceClient, TrackType } from 'livekit-server-sdk';
import { CALL_SLOT, livekitRoomName, QUIET_METADATA, roomMetadataSchema } from '@palabre/protocol';
import type { RoomMetadata } from '@palabre/protocol';
import type { StackFacts } from '../stack/contract.ts';

/** The SFU itself, asked directly: what is true there, whatever a page shows. */
export interface SfuView {
  metadata(roomId: string): Promise<RoomMetadata>;
  participants(roomId: string): Promise<readonly string[]>;
  /** Matrix ids of those who send sound or pictures there, sorted. */
  publishers(roomId: string): Promise<readonly string[]>;
  /** Stops sending one person's sound to another, whose client did not ask for that. */
  loseTrack(roomId: string, speakerId: string, listenerId: string): Promise<void>;
}

export function createSfuView({ internal, secrets }: StackFacts): SfuView {
  const service = new RoomServiceClient(internal.livekit, secrets.livekitKey, secrets.livekitSecret);
  return {
    metadata: async (roomId) => {
      const [room] = await service.listRooms([livekitRoomName(roomId, CALL_SLOT)]);
      return room === undefined || room.metadata === ''
        ? QUIET_METADATA
        : roomMetadataSchema.parse(JSON.parse(room.metadata));
    },
    participants: async (roomId) => {
      const found = await service.listParticipants(livekitRoomName(roomId, CALL_SLOT)).catch(() => []);
      return found.map((participant) => participant.identity);
    },
    publishers: async (roomId) => {
      const found = await service.listParticipants(livekitRoomName(roomId, CALL_SLOT));
      return found
        .filter((participant) => participant.tracks.length > 0)
        .map((participant) => participant.identity.replace(/:[^:]+$/, ''))
        .sort();
    },
    loseTrack: async (roomId, speakerId, listenerId) => {
      const room = livekitRoomName(roomId, CALL_SLOT);
      const found = await service.listParticipants(room);
      const of = (userId: string) => found.filter(({ identity }) => identity.startsWith(`${userId}:`));
      const sounds = of(speakerId).flatMap(({ tracks }) => tracks.filter(({ type }) => type === TrackType.AUDIO));
      const sids = sounds.map(({ sid }) => sid);
      for (const { identity } of of(listenerId)) await service.updateSubscriptions(room, identity, sids, false);
    },
  };
}
