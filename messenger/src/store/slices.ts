import { createSlice } from '@reduxjs/toolkit';
import type { PayloadAction } from '@reduxjs/toolkit';
import type { EncryptionPhase } from '../matrix/encryption.ts';
import type { Members, Person, RoomSummary, Thread, Timeline } from './model.ts';

export type SessionPhase = 'starting' | 'signed-out' | 'signing-in' | 'syncing' | 'ready' | 'elsewhere' | 'failed';

export interface SessionState {
  readonly phase: SessionPhase;
  readonly me: Person | undefined;
  readonly online: boolean;
  readonly encryption: EncryptionPhase;
  /** Why there is no session: a code with a sentence in the catalogues. */
  readonly problem: 'wrong-password' | 'rate-limited' | 'unreachable' | 'signed-out-elsewhere' | 'unknown' | undefined;
}

const initialSession: SessionState = {
  phase: 'starting',
  me: undefined,
  online: true,
  encryption: 'checking',
  problem: undefined,
};

export const session = createSlice({
  name: 'session',
  initialState: initialSession,
  reducers: {
    phaseChanged: (state, { payload }: PayloadAction<SessionPhase>) => ({
      ...state,
      phase: payload,
      problem: undefined,
    }),
    signedOut: (_state, { payload }: PayloadAction<SessionState['problem']>) => ({
      ...initialSession,
      phase: 'signed-out' as const,
      problem: payload,
    }),
    failed: (state) => ({ ...state, phase: 'failed' }),
    meChanged: (state, { payload }: PayloadAction<Person>) => ({ ...state, me: payload }),
    onlineChanged: (state, { payload }: PayloadAction<boolean>) => ({ ...state, online: payload }),
    encryptionChanged: (state, { payload }: PayloadAction<EncryptionPhase>) => ({ ...state, encryption: payload }),
  },
});

export interface RoomsState {
  readonly byId: Readonly<Record<string, RoomSummary>>;
  readonly timelines: Readonly<Record<string, Timeline>>;
  readonly threads: Readonly<Record<string, Thread>>;
  readonly members: Readonly<Record<string, Members>>;
}

const initialRooms: RoomsState = { byId: {}, timelines: {}, threads: {}, members: {} };

function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([known]) => known !== key));
}

export const rooms = createSlice({
  name: 'rooms',
  initialState: initialRooms,
  reducers: {
    /** `summary` undefined: the room is no longer ours. */
    roomChanged: (
      state,
      { payload }: PayloadAction<{ readonly id: string; readonly summary: RoomSummary | undefined }>,
    ): RoomsState => {
      const { id, summary } = payload;
      if (summary === undefined) return { ...state, byId: without(state.byId, id) };
      if (JSON.stringify(state.byId[id]) === JSON.stringify(summary)) return state;
      return { ...state, byId: { ...state.byId, [id]: summary } };
    },
    timelineChanged: (state, { payload }: PayloadAction<{ readonly roomId: string; readonly timeline: Timeline }>) => ({
      ...state,
      timelines: { ...state.timelines, [payload.roomId]: payload.timeline },
    }),
    threadChanged: (state, { payload }: PayloadAction<Thread>) => ({
      ...state,
      threads: { ...state.threads, [payload.rootId]: payload },
    }),
    membersChanged: (state, { payload }: PayloadAction<{ readonly roomId: string; readonly members: Members }>) => ({
      ...state,
      members: { ...state.members, [payload.roomId]: payload.members },
    }),
    /** Nobody looks at this room any more. */
    roomClosed: (state, { payload }: PayloadAction<string>) => ({
      ...state,
      timelines: without(state.timelines, payload),
      members: without(state.members, payload),
    }),
    threadClosed: (state, { payload }: PayloadAction<string>) => ({
      ...state,
      threads: without(state.threads, payload),
    }),
    forgotten: () => initialRooms,
  },
});

export interface Upload {
  readonly id: string;
  readonly roomId: string;
  readonly threadId: string | undefined;
  readonly name: string;
  readonly loadedBytes: number;
  readonly totalBytes: number;
  readonly state: 'uploading' | 'failed' | 'too-large';
}

export const uploads = createSlice({
  name: 'uploads',
  initialState: [] as readonly Upload[],
  reducers: {
    uploadChanged: (state, { payload }: PayloadAction<Upload>) =>
      state.some((upload) => upload.id === payload.id)
        ? state.map((upload) => (upload.id === payload.id ? payload : upload))
        : [...state, payload],
    uploadDone: (state, { payload }: PayloadAction<string>) => state.filter((upload) => upload.id !== payload),
    uploadsForgotten: () => [],
  },
});

export interface Ring {
  readonly roomId: string;
  readonly eventId: string;
  readonly caller: Person;
  readonly untilMs: number;
}

export interface CallWish {
  readonly roomId: string;
  readonly intent: 'start_call' | 'join_existing';
}

export interface CallState {
  /** The call that this window shows. */
  readonly open: (CallWish & { readonly joined: boolean }) | undefined;
  /** Asked for while another call is open: the person decides. */
  readonly wish: CallWish | undefined;
  readonly rings: readonly Ring[];
}

const initialCall: CallState = { open: undefined, wish: undefined, rings: [] };

export const call = createSlice({
  name: 'call',
  initialState: initialCall,
  reducers: {
    asked: (state, { payload }: PayloadAction<CallWish>): CallState => {
      if (state.open !== undefined && state.open.roomId !== payload.roomId) return { ...state, wish: payload };
      return {
        open: { ...payload, joined: false },
        wish: undefined,
        rings: state.rings.filter((ring) => ring.roomId !== payload.roomId),
      };
    },
    wishDropped: (state) => ({ ...state, wish: undefined }),
    joinedChanged: (state, { payload }: PayloadAction<boolean>) =>
      state.open === undefined ? state : { ...state, open: { ...state.open, joined: payload } },
    /** The call of a room is over; what was asked for meanwhile takes its place. */
    closed: (state, { payload: roomId }: PayloadAction<string>): CallState =>
      state.open?.roomId === roomId
        ? { ...state, open: state.wish === undefined ? undefined : { ...state.wish, joined: false }, wish: undefined }
        : state,
    rang: (state, { payload }: PayloadAction<Ring>) => ({
      ...state,
      rings: [...state.rings.filter((ring) => ring.roomId !== payload.roomId), payload],
    }),
    silenced: (state, { payload }: PayloadAction<string>) =>
      state.rings.some((ring) => ring.roomId === payload)
        ? { ...state, rings: state.rings.filter((ring) => ring.roomId !== payload) }
        : state,
    expired: (state, { payload }: PayloadAction<number>) =>
      state.rings.some((ring) => ring.untilMs <= payload)
        ? { ...state, rings: state.rings.filter((ring) => ring.untilMs > payload) }
        : state,
    hushed: () => initialCall,
  },
});

export type ThemeChoice = 'system' | 'light' | 'dark';
export type Language = 'en' | 'fr';

export interface Preferences {
  readonly theme: ThemeChoice;
  readonly language: Language;
}

const initialPreferences: Preferences = { theme: 'system', language: 'en' };

export const preferences = createSlice({
  name: 'preferences',
  initialState: initialPreferences,
  reducers: {
    themeChosen: (state, { payload }: PayloadAction<ThemeChoice>) => ({ ...state, theme: payload }),
    languageChosen: (state, { payload }: PayloadAction<Language>) => ({ ...state, language: payload }),
  },
});
