import { captionsRequestSchema, type CaptionsAnswer } from '@palabre/protocol';

/** Who is sent captions: people in the call who asked for them and may have them. */
export interface Audience {
  /** @throws NotInCall, or when the request cannot be read */
  ask(identity: string, payload: string): Promise<CaptionsAnswer>;
  /** Asks policy again about everybody: it may have changed. */
  review(): Promise<void>;
  /** LiveKit identities, of people who are in the call now. */
  identities(): string[];
  /** Language the person behind an identity said they speak. */
  languageOf(identity: string): string | undefined;
  left(identity: string): void;
  /** Captions have ended: whoever wants the next ones asks again. */
  dismiss(): void;
  /** Since when nobody is in the audience. */
  emptySinceMs(): number | undefined;
}

/** The room does not say (yet) that the caller is in the call. */
export class NotInCall extends Error {
  override readonly name = 'NotInCall';
}

export interface AudienceOptions {
  /** The user behind an identity, by their RTC membership; what the identity itself says counts for nothing. */
  readonly userOf: (identity: string) => string | undefined;
  readonly maySee: (userId: string) => Promise<boolean>;
  readonly now: () => number;
}

export function createAudience({ userOf, maySee, now }: AudienceOptions): Audience {
  const wanting = new Set<string>();
  const languages = new Map<string, string>();
  let emptyMs: number | undefined = now();

  const identities = (): string[] => [...wanting].filter((identity) => userOf(identity) !== undefined);
  const changed = (): void => {
    if (identities().length > 0) emptyMs = undefined;
    else emptyMs ??= now();
  };

  return {
    ask: async (identity, payload) => {
      const request = captionsRequestSchema.parse(JSON.parse(payload));
      const userId = userOf(identity);
      if (userId === undefined) throw new NotInCall('no membership of this call has this identity');
      if (request.speaks === undefined) languages.delete(identity);
      else languages.set(identity, request.speaks);
      const allowed = await maySee(userId);
      if (request.show && allowed) wanting.add(identity);
      else wanting.delete(identity);
      changed();
      return { allowed };
    },
    review: async () => {
      for (const identity of wanting) {
        const userId = userOf(identity);
        if (userId !== undefined && !(await maySee(userId))) wanting.delete(identity);
      }
      changed();
    },
    identities,
    languageOf: (identity) => languages.get(identity),
    left: (identity) => {
      wanting.delete(identity);
      languages.delete(identity);
      changed();
    },
    dismiss: () => {
      wanting.clear();
      changed();
    },
    emptySinceMs: () => {
      changed();
      return emptyMs;
    },
  };
}
