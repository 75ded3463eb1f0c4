/** What somebody took back by redacting its message in the room. */
export interface Deleted {
  readonly kind: 'meeting' | 'recording' | 'transcript' | 'minutes';
  readonly meetingId: string;
  /** What the scribe was asked for and it came of; undefined: the whole meeting. */
  readonly jobId: string | undefined;
}

/** What one capability keeps of results that are in rooms. */
export interface Deletable {
  /** Deletes it for good. Called again after a crash, and when there is nothing. */
  readonly delete: (what: Deleted) => Promise<void>;
}
