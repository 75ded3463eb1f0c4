import { EventTimeline, RoomStateEvent, type MatrixEvent, type Room } from 'matrix-js-sdk';
import type { MatrixRTCSession } from 'matrix-js-sdk/lib/matrixrtc/index.js';
import { CALL_MEMBER_EVENT, ownsCallMemberKey } from '@palabre/protocol';

/** What the RTC session reads of a room. */
type SessionRoom = ConstructorParameters<typeof MatrixRTCSession>[1];

/**
 * The room as the RTC session may see it. Homeservers do not protect the keys of call memberships and matrix-js-sdk does not
 * compare them with their senders, so that anybody in the room could take somebody else out of transcript and recording: only a
 * person's own memberships count here, and each is kept when somebody else writes over it.
 * @param onMembership there is news; the session does not listen to these events itself
 */
export function createSessionRoom(room: Room, onMembership: () => void): { room: SessionRoom; close: () => void } {
  const own = new Map<string, MatrixEvent>();
  /** @returns whether it counts */
  const take = (event: MatrixEvent): boolean => {
    const [sender, key] = [event.getSender(), event.getStateKey()];
    if (event.getType() !== CALL_MEMBER_EVENT || sender === undefined || key === undefined) return false;
    if (ownsCallMemberKey(sender, key)) own.set(key, event);
    // Other clients may believe it: the session finds that its own membership is gone and announces it again.
    else if (ownsCallMemberKey(room.myUserId, key)) own.delete(key);
    else return false;
    return true;
  };
  const onState = (event: MatrixEvent): void => {
    if (take(event)) onMembership();
  };
  const isOwnKey = (event: MatrixEvent): boolean => {
    // A sticky event takes the place of the state with the same key, whoever sent it.
    const hidden = own.get(String(event.getContent()['msc4354_sticky_key']));
    return hidden === undefined || hidden.getSender() === event.getSender();
  };
  const state = () => room.getLiveTimeline().getState(EventTimeline.FORWARDS);
  const facade = {
    roomId: room.roomId,
    getVersion: () => room.getVersion(),
    hasMembershipState: (...given: Parameters<Room['hasMembershipState']>) => room.hasMembershipState(...given),
    getLiveTimeline: () => ({
      getState: () => ({
        getStateEvents: (type: string, key?: string) => {
          if (type === CALL_MEMBER_EVENT) return key === undefined ? [...own.values()] : (own.get(key) ?? null);
          return key === undefined ? state()?.getStateEvents(type) : state()?.getStateEvents(type, key);
        },
      }),
    }),
    _unstable_getStickyEvents: () => [...room._unstable_getStickyEvents()].filter(isOwnKey),
    on: room.on.bind(room),
    off: room.off.bind(room),
  };
  for (const event of state()?.getStateEvents(CALL_MEMBER_EVENT) ?? []) take(event);
  room.on(RoomStateEvent.Events, onState);
  return {
    // A subset, typed by the SDK as its whole classes.
    room: facade as unknown as SessionRoom,
    close: () => void room.off(RoomStateEvent.Events, onState),
  };
}
