import type { TranscriptCorrection, TranscriptLine } from '@palabre/protocol';
import { createContext, useContext, type ComponentType, type ReactNode } from 'react';
import type { DeletedResult, MediaSource, Progress } from '../documents/index.ts';

interface Loading {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Files of a room, as whoever shows the page can have them. */
export interface TranscriptMedia {
  /** The bytes, decrypted, as a blob of a harmless type. @throws when they are not to be had */
  load(source: MediaSource, mimeType: string, options?: Loading): Promise<Blob>;
  /** An address for a player. */
  play(source: MediaSource, mimeType: string, options?: Loading): Promise<{ readonly url: string; close(): void }>;
}

export interface ButtonProps {
  readonly tone?: 'primary' | 'plain' | 'quiet';
  readonly small?: boolean;
  readonly busy?: boolean;
  readonly icon?: ReactNode;
  readonly type?: 'submit' | 'button';
  readonly isDisabled?: boolean;
  /** Cannot be pressed for a moment, and keeps the focus. */
  readonly isPending?: boolean;
  readonly onPress?: () => void;
  readonly children: ReactNode;
  readonly 'data-testid'?: string;
}

export interface IconButtonProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly onPress: () => void;
  readonly 'data-testid'?: string;
}

/** What looks as in the product around it. */
export interface Parts {
  readonly Button: ComponentType<ButtonProps>;
  readonly IconButton: ComponentType<IconButtonProps>;
  readonly Dialog: ComponentType<{
    readonly title: string;
    readonly onClose: () => void;
    readonly wide?: boolean;
    readonly children: ReactNode;
  }>;
  /** Says something about what is below it, with what can be done. */
  readonly Warning: ComponentType<{ readonly action: ReactNode; readonly children: ReactNode }>;
  readonly Check: ComponentType<{
    readonly checked: boolean;
    readonly onChange: (checked: boolean) => void;
    readonly title: ReactNode;
    readonly testId?: string;
  }>;
}

export interface Surroundings {
  readonly media: TranscriptMedia;
  readonly parts: Parts;
}

/** The room whose transcript is read. */
export interface TranscriptRoom {
  /** Results of the meeting that somebody deleted. */
  readonly deleted: readonly DeletedResult[];
  /** How somebody is called. */
  readonly nameOf: (userId: string) => string;
  /** Names that speakers may have. */
  readonly people: readonly string[];
  /** What somebody wrote; undefined where it is not here. */
  readonly writtenIn: (eventId: string) => string | undefined;
  /** Whether it is worth offering to this person; readers decide for themselves. */
  readonly mayCorrect: (line: TranscriptLine) => boolean;
  /** Posts a correction as this person. @param words for those whose client knows no corrections @throws when it fails */
  readonly correct: (correction: TranscriptCorrection, words: string) => Promise<void>;
  /** Had the sender of a correction a moderator's power when they sent it? Rejects when that cannot be said. */
  readonly wasModerator: WasModerator;
}

export type WasModerator = (eventId: string, userId: string, sentMs: number) => Promise<boolean>;

export const SurroundingsContext = createContext<Surroundings | undefined>(undefined);
export const TranscriptRoomContext = createContext<TranscriptRoom | undefined>(undefined);

/** @throws outside of its provider: a mistake in the code */
export function useSurroundings(): Surroundings {
  const surroundings = useContext(SurroundingsContext);
  if (surroundings === undefined) throw new Error('Nothing around this component');
  return surroundings;
}

/** @throws outside of its provider: a mistake in the code */
export function useTranscriptRoom(): TranscriptRoom {
  const room = useContext(TranscriptRoomContext);
  if (room === undefined) throw new Error('No room around this component');
  return room;
}
