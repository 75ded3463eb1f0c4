import { mayCorrect } from '@palabre/protocol';
import type { TranscriptRoom } from '@palabre/transcript';
import { useMemo } from 'react';
import { useCall } from '../../call-context.ts';
import { isModeratorNow, wasModeratorThen } from './power.ts';
import type { Meeting } from './meetings.ts';
import type { RoomResults } from './room-results.ts';

/** The room of a transcript as the messenger shows it to the call: corrections go into the meeting's thread. */
export function useTranscriptRoom(results: RoomResults, { rootId, deleted }: Meeting): TranscriptRoom {
  const { host } = useCall().results;
  return useMemo(() => {
    const { room, parameters } = host;
    const { userId } = parameters;
    const joined = room.all('m.room.member').flatMap(({ state_key: key }) => {
      const member = key === undefined ? undefined : room.member(key);
      return member?.membership === 'join' ? [member.name] : [];
    });
    return {
      deleted,
      nameOf: (id) => room.member(id)?.name ?? id,
      people: joined,
      // Messages of people are none of the call's business.
      writtenIn: () => undefined,
      mayCorrect: (line) => results.sending && mayCorrect({ userId, isModerator: isModeratorNow(room, userId) }, line),
      correct: (correction, words) => results.correct(rootId, correction, words),
      wasModerator: (_eventId, id, sentMs) => new Promise((resolve) => resolve(wasModeratorThen(room, id, sentMs))),
    };
  }, [host, results, rootId, deleted]);
}
