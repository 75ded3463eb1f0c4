import type { ResultBlock, TranscriptCorrection } from '@palabre/protocol';
import type { Attachment, DeletedResult } from '@palabre/transcript/documents';

/** The plain data the interface is drawn from; Matrix objects stay outside the store. */

export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly avatarMxc: string | undefined;
}

export type Bot = 'watcher' | 'scribe';

/** What is kept of a meeting while it runs. */
export interface KeptNow {
  readonly recording: 'on' | 'paused' | undefined;
  readonly transcription: boolean;
}

/** People in a room's call, one entry for each person whatever the number of their devices. */
export interface CallSummary {
  readonly people: readonly (Person & { readonly sinceMs: number })[];
  readonly sinceMs: number;
  /** This very device is in. */
  readonly here: boolean;
  /** The scribe is in. */
  readonly scribe: boolean;
  /** What it keeps; undefined where that cannot be read here, and where it is there for captions only. */
  readonly kept: KeptNow | undefined;
}

export interface Preview {
  readonly senderName: string;
  readonly mine: boolean;
  readonly kind: 'text' | 'image' | 'video' | 'audio' | 'file' | 'unreadable' | 'removed' | ResultBlock['kind'];
  readonly text: string;
  /** Of a notice: what it says, whatever its language. */
  readonly code?: string;
}

export interface RoomSummary {
  readonly id: string;
  readonly membership: 'join' | 'invite';
  readonly name: string;
  readonly avatarMxc: string | undefined;
  readonly encrypted: boolean;
  readonly memberCount: number;
  readonly unread: boolean;
  readonly notifications: number;
  readonly highlights: number;
  readonly lastMs: number;
  readonly preview: Preview | undefined;
  readonly inviter: Person | undefined;
  readonly call: CallSummary | undefined;
  /** The room that replaces this one, when it was upgraded. */
  readonly successor: { readonly roomId: string; readonly via: string } | undefined;
}

interface ItemBase {
  /** Stays the same from local echo to the event of the server. */
  readonly key: string;
  readonly id: string;
  readonly sentMs: number;
  readonly sender: Person;
  readonly mine: boolean;
}

export interface Reaction {
  readonly symbol: string;
  readonly names: readonly string[];
  /** Event of my own reaction, to take it back. */
  readonly mineId: string | undefined;
  /** When I set it, by the clock of my homeserver. */
  readonly mineMs: number | undefined;
}

export interface MessageItem extends ItemBase {
  readonly kind: 'message';
  readonly style: 'text' | 'notice' | 'emote';
  readonly body: string;
  readonly attachment: Attachment | undefined;
  readonly block: ResultBlock | undefined;
  /** It corrects a transcript; whether it may is not decided yet. */
  readonly correction?: TranscriptCorrection;
  readonly edited: boolean;
  /** I may take it away: my own, or anybody's with the room's power to redact. */
  readonly removable: boolean;
  readonly state: 'sent' | 'sending' | 'failed';
  /** As a person would count them. */
  readonly replies: number;
  /** Recordings, transcripts and minutes among the answers. */
  readonly results: readonly MessageItem[];
  /** Of a meeting: what there was and was deleted, as far as the loaded messages tell. */
  readonly deleted?: readonly DeletedResult[];
  readonly latestReplyMs: number | undefined;
  readonly reactions: readonly Reaction[];
}

export interface UnreadableItem extends ItemBase {
  readonly kind: 'unreadable';
  /** `history`: sent before this device had keys; `waiting`: the key may still come. */
  readonly reason: 'history' | 'waiting';
  /** It opened the thread of a meeting, of which there are results that can be read. */
  readonly meeting?: Pick<MessageItem, 'replies' | 'results'>;
}

export interface RemovedItem extends ItemBase {
  readonly kind: 'removed';
}

export type Change =
  | { readonly code: 'created' | 'encrypted' }
  | {
      readonly code: 'joined' | 'left' | 'invited' | 'kicked' | 'banned' | 'unbanned' | 'declined';
      readonly whom: string;
      /** What whoever left, declined or removed gave as the reason. */
      readonly reason?: string;
    }
  | { readonly code: 'named' | 'topic'; readonly text: string }
  | { readonly code: 'renamed'; readonly from: string; readonly to: string };

export interface ChangeItem extends ItemBase {
  readonly kind: 'change';
  readonly change: Change;
}

export interface CallItem extends ItemBase {
  readonly kind: 'call';
  /** Absent while it runs, and when its end was not seen. */
  readonly endMs: number | undefined;
  readonly running: boolean;
  readonly people: readonly Person[];
}

export type TimelineItem = MessageItem | UnreadableItem | RemovedItem | ChangeItem | CallItem;

export interface Timeline {
  readonly items: readonly TimelineItem[];
  /** There is older history to load. */
  readonly more: boolean;
  /** First item that was unread when the room was opened. */
  readonly firstUnreadKey: string | undefined;
  readonly canSend: boolean;
}

export interface Thread {
  readonly rootId: string;
  readonly root: TimelineItem | undefined;
  readonly items: readonly TimelineItem[];
  readonly loading: boolean;
  /** The server could not be asked: there may be more than is shown. */
  readonly failed: boolean;
  /** The server has older answers that were not asked for. */
  readonly older: boolean;
}

export interface MemberRow extends Person {
  readonly membership: 'join' | 'invite';
  /** `null` for creators of a version 12 room, who are above all numbers. */
  readonly power: number | null;
  readonly role: 'creator' | 'admin' | 'moderator' | 'member';
  readonly bot: Bot | undefined;
  readonly mayKick: boolean;
  readonly mayBan: boolean;
  readonly me: boolean;
}

export interface Members {
  readonly rows: readonly MemberRow[];
  readonly mayInvite: boolean;
  /** The watcher is joined or invited. */
  readonly watched: boolean;
  /** Bots in the room that by their names are the watchers of other organisations. */
  readonly otherWatchers: readonly string[];
}
