/** Which way a token went out. `openid` proves a name but not intent: whoever holds somebody's OpenID token can come by it. */
export type Door = 'openid' | 'homeserver' | 'federation' | 'scribe';

/** Who stands behind an identity on the SFU; recorded when the token was issued, because hashes cannot be reversed. */
export interface IdentityRecord {
  readonly livekitRoom: string;
  readonly identity: string;
  readonly roomId: string;
  readonly slotId: string;
  readonly userId: string;
  readonly deviceId: string;
  /** Of the last token. Which one a seat was taken with is in the token itself. */
  readonly door: Door;
  /** Found without an RTC membership: tokens by OpenID count no more until a new one is given. */
  readonly revoked: boolean;
}

/** What the SFU side needs of the record of identities (kept by rtc-auth). */
export interface IdentityDirectory {
  find(livekitRoom: string, identity: string): Promise<IdentityRecord | undefined>;
  /** Every identity a person holds for a room. */
  of(roomId: string, userId: string): Promise<readonly IdentityRecord[]>;
  /** Several identities of one LiveKit room at once. */
  findAll(livekitRoom: string, identities: readonly string[]): Promise<readonly IdentityRecord[]>;
  revoke(livekitRoom: string, identity: string): Promise<void>;
  /** These are on the SFU now: keep their records. */
  touch(livekitRoom: string, identities: readonly string[]): Promise<void>;
}

/** One person in one Matrix room. */
export interface Person {
  readonly roomId: string;
  readonly userId: string;
}

/** Key of a person in maps; ids hold no NUL. */
export function personKey({ roomId, userId }: Person): string {
  return `${roomId}\0${userId}`;
}
