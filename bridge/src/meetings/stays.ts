import { MINUTES_LEFT_ATTRIBUTE } from '@palabre/protocol';
import type { DomainPolicy } from '../membership/index.ts';
import type { Sfu } from '../sfu/index.ts';
import type { Meetings } from './meetings.ts';

/** Minutes before the end at which the person is told. */
const WARNINGS_MIN = [1, 5];

/** What is left of somebody's time in a meeting, in ms; undefined where policy sets no limit. */
export function leftMs(maxMinutes: number | undefined, presentMs: number): number | undefined {
  return maxMinutes === undefined ? undefined : maxMinutes * 60_000 - presentMs;
}

/** The warning that is due: the smallest number of minutes that covers what is left, undefined when there is time. */
export function warningOf(left: number): number | undefined {
  return WARNINGS_MIN.find((minutes) => left <= minutes * 60_000);
}

export interface StaysDeps {
  readonly policy: DomainPolicy;
  readonly meetings: Pick<Meetings, 'onPresence' | 'presentMs'>;
  readonly sfu: Pick<Sfu, 'setAttributes'>;
  /** Puts somebody out whose time is over. */
  readonly evict: (person: { readonly roomId: string; readonly userId: string }) => Promise<unknown>;
  readonly complain: (message: string) => (error: unknown) => void;
}

export interface Stays {
  /** Is there time left for this person in the meeting that runs? */
  readonly mayStay: (roomId: string, userId: string) => Promise<boolean>;
}

/**
 * Keeps to the time limits of the domain policy. Looked at whenever the SFU is looked at, so there is one timer for all: the
 * patrol's. The time is counted in the database, over devices, reconnects and restarts.
 */
export function createStays({ policy, meetings, sfu, evict, complain }: StaysDeps): Stays {
  const limitOf = (userId: string) => policy.of(userId).rules.maxMinutes;

  meetings.onPresence(({ roomId }, people) => {
    for (const { userId, presentMs, seats } of people) {
      const left = leftMs(limitOf(userId), presentMs);
      if (left !== undefined && left <= 0) {
        evict({ roomId, userId }).catch(complain('somebody whose time is over could not be put out'));
        continue;
      }
      const warning = left === undefined ? undefined : warningOf(left);
      const text = warning === undefined ? '' : String(warning);
      for (const { record, participant } of seats) {
        if ((participant.attributes[MINUTES_LEFT_ATTRIBUTE] ?? '') === text) continue;
        sfu
          .setAttributes(record.livekitRoom, record.identity, { [MINUTES_LEFT_ATTRIBUTE]: text })
          .catch(complain('somebody could not be told that their time ends'));
      }
    }
  });

  return {
    async mayStay(roomId, userId) {
      const limit = limitOf(userId);
      if (limit === undefined) return true;
      const left = leftMs(limit, await meetings.presentMs(roomId, userId));
      return left === undefined || left > 0;
    },
  };
}
