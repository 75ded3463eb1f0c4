const PREFIX = 'palabre.draft.';

/** Where a draft of one person, in a room or a thread, is kept. */
export function draftKey(userId: string, roomId: string, threadId: string | undefined): string {
  return `${PREFIX}${userId}.${roomId}.${threadId ?? ''}`;
}

/** Puts words that were not sent back before what has been typed since. @returns the new draft */
export function returnToDraft(storage: Storage, key: string, text: string): string {
  const typed = storage.getItem(key) ?? '';
  const draft = typed === '' ? text : `${text}\n${typed}`;
  storage.setItem(key, draft);
  return draft;
}

/** Forgets all that was typed and not sent: the next person at this browser does not read it. */
export function forgetDrafts(storage: Storage): void {
  for (const key of Object.keys(storage)) if (key.startsWith(PREFIX)) storage.removeItem(key);
}
