import type { ResultBlock, TranscriptCorrection } from '@palabre/protocol';
import type { Attachment } from './attachment.ts';

/** A message of a meeting's thread, as far as results are concerned. */
export interface ThreadMessage {
  readonly kind: 'message';
  readonly id: string;
  readonly sentMs: number;
  readonly sender: { readonly userId: string };
  readonly body: string;
  readonly attachment: Attachment | undefined;
  readonly block: ResultBlock | undefined;
  /** It corrects a transcript; whether it may is not decided yet. */
  readonly correction?: TranscriptCorrection;
  readonly state: 'sent' | 'sending' | 'failed';
}

/** What may stand in a thread beside messages. */
interface OtherItem {
  readonly kind: 'unreadable' | 'removed' | 'change' | 'call';
  readonly id: string;
}

export type ThreadItem = ThreadMessage | OtherItem;
