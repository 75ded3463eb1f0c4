import type { RoomMetadata } from '@palabre/protocol';
import type { Inbox } from '../appservice/index.ts';
import type { Meetings } from './meetings.ts';

export interface UpgradesDeps {
  readonly inbox: Inbox;
  readonly meetings: Pick<Meetings, 'current' | 'onEnded'>;
  readonly setMetadata: (livekitRoom: string, change: Partial<RoomMetadata>) => Promise<void>;
  readonly complain: (message: string) => (error: unknown) => void;
}

/** A room that is upgraded in mid-call: whoever is in may stay, and is told that nobody else can come in. */
export function announceUpgrades({ inbox, meetings, setMetadata, complain }: UpgradesDeps): void {
  inbox.onRoomEvent({
    wants: ({ type, state_key: key }) => type === 'm.room.tombstone' && key === '',
    async handle({ room_id: roomId }) {
      const meeting = meetings.current(roomId);
      if (meeting !== undefined) await setMetadata(meeting.livekitRoom, { replaced: true });
    },
  });
  meetings.onEnded(({ livekitRoom }) => {
    setMetadata(livekitRoom, { replaced: false }).catch(complain('the end of a meeting could not be told to the SFU'));
  });
}
