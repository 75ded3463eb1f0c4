import { MINUTES_VERSION, PalabreError, serverOf } from '@palabre/protocol';
import type {
  MinutesCommand,
  MinutesDraft,
  MinutesEdit,
  MinutesFacts,
  MinutesList,
  MinutesMode,
} from '@palabre/protocol';
import { minutesFit } from '../publishing/index.ts';
import { shortName } from '../transcription/index.ts';
import { untilMsOf, type Announcer } from './announcer.ts';
import type { Background } from './background.ts';
import type { MinutesDeps } from './deps.ts';
import { edited } from './edit.ts';
import type { Records } from './records.ts';
import type { MinutesRow, MinutesStore } from './store.ts';
import { calledOf, type Work } from './work.ts';

/** Where moderators read, correct, approve and discard drafts. */
export interface Desk {
  /** For moderators who belong to this server. @throws {PalabreError} M_FORBIDDEN */
  list(roomId: string, userId: string): Promise<MinutesList>;
  /** @throws {PalabreError} M_FORBIDDEN, M_NOT_FOUND, M_TOO_LARGE, PALABRE_WRONG_STATE when somebody else was faster */
  obey(roomId: string, userId: string, command: MinutesCommand): Promise<void>;
}

const AUDITED = {
  mode: 'room.setting',
  save: 'minutes.edit',
  approve: 'minutes.approve',
  discard: 'minutes.delete',
} as const;

/** Whoever was faster has decided. */
export function outrun(): PalabreError {
  return new PalabreError('PALABRE_WRONG_STATE', 'Somebody else has changed, posted or discarded this draft');
}

export function createDesk(
  deps: MinutesDeps,
  store: MinutesStore,
  records: Records,
  announcer: Announcer,
  work: Work,
  { complain }: Background,
  modeOf: (roomId: string) => Promise<MinutesMode>,
): Desk {
  const { audit, now } = deps;

  const mustModerate = async (roomId: string, userId: string): Promise<void> => {
    const isOwn = serverOf(userId) === deps.serverName;
    if (isOwn && (await deps.rightsNow(roomId, userId)).moderator) return;
    throw new PalabreError(
      'M_FORBIDDEN',
      'Only moderators of this room who belong to this server see drafts of minutes',
    );
  };
  const draftOf = async (roomId: string, id: string, revision: number): Promise<MinutesRow> => {
    const row = await store.get(id);
    if (row?.roomId !== roomId) throw new PalabreError('M_NOT_FOUND', 'There is no such draft');
    if (row.state !== 'waiting' || row.revision !== revision) throw outrun();
    return row;
  };
  const tellCall = (roomId: string): Promise<void> =>
    announcer.tellCall(roomId).catch((error: unknown) => complain('the call could not be told', error));
  const nameOf = async (roomId: string, userId: string): Promise<string> =>
    shortName((await deps.namesIn(roomId)).get(userId) ?? '') || userId;
  const fitting = ({ roomId }: MinutesRow, facts: MinutesFacts): MinutesFacts => {
    if (minutesFit(facts, roomId, deps.language)) return facts;
    throw new PalabreError('M_TOO_LARGE', 'These minutes are too long for one message');
  };

  const draftFrom = (row: MinutesRow): MinutesDraft => ({
    id: row.id,
    revision: row.revision,
    meeting_started_ms: row.meetingStartedMs,
    until_ms: untilMsOf(row, now()),
    minutes: { kind: 'minutes', version: MINUTES_VERSION, ...records.factsOf(row) },
  });

  const save = async (row: MinutesRow, edit: MinutesEdit): Promise<void> => {
    const facts = fitting(row, edited(records.factsOf(row), edit));
    const body = records.sealFacts(row.id, facts);
    if (!(await store.move(row.id, row, { state: 'waiting', body }))) throw outrun();
    await tellCall(row.roomId);
  };
  const approve = async (row: MinutesRow, edit: MinutesEdit, userId: string): Promise<void> => {
    const approver = { user_id: userId, name: await nameOf(row.roomId, userId) };
    const facts = fitting(row, { ...edited(records.factsOf(row), edit), approved_by: approver });
    const release = work.hold(row.roomId);
    try {
      // Before anything is promised: it may take a moderator's client to let the scribe in.
      await deps.enter(row.roomId);
      const body = records.sealFacts(row.id, facts);
      if (!(await store.move(row.id, row, { state: 'posting', body }))) throw outrun();
      const next = await store.get(row.id);
      if (next !== undefined) work.post(next);
    } finally {
      await release();
    }
    await tellCall(row.roomId);
  };
  const discard = async (row: MinutesRow, userId: string): Promise<void> => {
    const by = { user_id: userId, name: await nameOf(row.roomId, userId) };
    if (!(await store.move(row.id, row, { state: 'done', body: undefined }))) throw outrun();
    announcer.ended(row, 'discarded', calledOf(by));
  };

  return {
    list: async (roomId, userId) => {
      await mustModerate(roomId, userId);
      const rows = await store.waiting(roomId);
      return {
        mode: await modeOf(roomId),
        drafts: rows.flatMap((row) => {
          try {
            return draftFrom(row);
          } catch (error) {
            // Sealed under another secret: that it is there must not hide the others.
            complain('a draft cannot be opened any more', error);
            return [];
          }
        }),
      };
    },
    obey: async (roomId, userId, command) => {
      const audited = { action: AUDITED[command.action], means: 'button', userId, roomId } as const;
      try {
        await mustModerate(roomId, userId);
      } catch (error) {
        if (error instanceof PalabreError) await audit.refused(audited, error.code);
        throw error;
      }
      if (command.action === 'mode') {
        await audit.during(audited, () => store.setMode(roomId, command.mode, userId, now()));
        return;
      }
      const row = await draftOf(roomId, command.id, command.revision);
      await audit.during({ ...audited, meetingId: row.meetingId }, () => {
        switch (command.action) {
          case 'save':
            return save(row, command.edit);
          case 'approve':
            return approve(row, command.edit, userId);
          case 'discard':
            return discard(row, userId);
        }
      });
    },
  };
}
