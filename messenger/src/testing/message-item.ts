import type { MessageItem } from '../store/model.ts';

/** A message of the scribe, sent and otherwise plain. */
export function messageItem(id: string, more: Partial<MessageItem> = {}): MessageItem {
  return {
    kind: 'message',
    key: id,
    id,
    sentMs: 0,
    sender: { userId: '@palabre-scribe:x', name: 'Palabre scribe', avatarMxc: undefined },
    mine: false,
    style: 'text',
    body: '',
    attachment: undefined,
    block: undefined,
    edited: false,
    removable: false,
    state: 'sent',
    replies: 0,
    results: [],
    latestReplyMs: undefined,
    reactions: [],
    ...more,
  };
}
