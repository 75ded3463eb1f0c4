import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { QUIET_METADATA } from '@palabre/protocol';
import {
  NO_MINUTES,
  QUIET_CONSENT,
  type CallState,
  type CaptionsState,
  type ConsentState,
  type LocalMediaState,
  type MeetingState,
  type Person,
  type ReactionsState,
} from '../call/index.ts';
import type { Announcement } from './announcements.ts';

const quietDevice = { wanted: true, phase: 'off', trouble: undefined } as const;
const noDevices = { audioinput: [], videoinput: [], audiooutput: [] };

const initialCall: CallState = {
  phase: 'preparing',
  connection: 'connecting',
  end: undefined,
  problem: undefined,
  roomName: undefined,
  encrypted: false,
  soundBlocked: false,
  probablyLeft: false,
  mustWait: 'no',
  minutesLeft: undefined,
  barriers: [],
  operator: undefined,
};

/** Where the call stands; written by the adapter only. */
export const callSlice = createSlice({
  name: 'call',
  initialState: initialCall,
  reducers: { callChanged: (_state, action: PayloadAction<CallState>) => action.payload },
});

/** Two people are drawn alike: the earlier object is kept, so that nothing is drawn again for nothing. */
function samePerson(a: Person, b: Person): boolean {
  const track = (x: Person['camera'], y: Person['camera']): boolean => x?.key === y?.key && x?.muted === y?.muted;
  return (
    a.id === b.id &&
    a.identity === b.identity &&
    a.name === b.name &&
    a.otherServer === b.otherServer &&
    a.operator === b.operator &&
    a.serviceUrl === b.serviceUrl &&
    a.self === b.self &&
    a.joinedMs === b.joinedMs &&
    a.media === b.media &&
    a.speaking === b.speaking &&
    a.quality === b.quality &&
    a.undecryptable === b.undecryptable &&
    a.trust === b.trust &&
    track(a.microphone, b.microphone) &&
    track(a.camera, b.camera) &&
    track(a.screen, b.screen)
  );
}

/** Replaces the list, keeping what did not change: each person, and the list itself when all are the same. */
export function mergePeople(before: readonly Person[], now: readonly Person[]): readonly Person[] {
  const known = new Map(before.map((person) => [person.id, person]));
  const merged = now.map((person) => {
    const earlier = known.get(person.id);
    return earlier !== undefined && samePerson(earlier, person) ? earlier : person;
  });
  return merged.length === before.length && merged.every((person, index) => person === before[index]) ? before : merged;
}

/** Whom a small picture of the call shows: who speaks, and they stay until somebody else does. Never ourselves. */
export function speakerOf(people: readonly Person[], before: string | undefined): string | undefined {
  const others = people.filter((person) => !person.self);
  const last = others.find((person) => person.id === before);
  if (last?.speaking === true) return last.id;
  return (others.find((person) => person.speaking) ?? last)?.id;
}

interface PeopleState {
  readonly list: readonly Person[];
  /** Who speaks, or spoke last. */
  readonly speakerId: string | undefined;
}
const initialPeople: PeopleState = { list: [], speakerId: undefined };

/** Who is in the call, oldest first. */
export const peopleSlice = createSlice({
  name: 'people',
  initialState: initialPeople,
  reducers: {
    peopleChanged: (state, action: PayloadAction<readonly Person[]>): PeopleState => {
      const list = mergePeople(state.list, action.payload);
      return list === state.list ? state : { list, speakerId: speakerOf(list, state.speakerId) };
    },
  },
});

const initialLocal: LocalMediaState = {
  microphone: quietDevice,
  camera: quietDevice,
  screen: 'off',
  devices: noDevices,
  chosen: { audioinput: undefined, videoinput: undefined, audiooutput: undefined },
};

/** This person's own devices. */
export const localSlice = createSlice({
  name: 'local',
  initialState: initialLocal,
  reducers: { localChanged: (_state, action: PayloadAction<LocalMediaState>) => action.payload },
});

interface MeetingView extends MeetingState {
  /** Something was recorded or transcribed while we were there. */
  readonly captured: boolean;
}
const initialMeeting: MeetingView = {
  recording: QUIET_METADATA.recording,
  transcription: QUIET_METADATA.transcription,
  captions: QUIET_METADATA.captions,
  rights: undefined,
  direct: false,
  replaced: false,
  way: 'none',
  lobby: { count: 0, people: [], deciding: [], failure: undefined },
  minutes: NO_MINUTES,
  pending: { recording: undefined, transcription: undefined, captions: undefined },
  failures: { recording: undefined, transcription: undefined, captions: undefined },
  captured: false,
};

/** Recording, transcription, and what this person may do about them. */
export const meetingSlice = createSlice({
  name: 'meeting',
  initialState: initialMeeting,
  reducers: {
    meetingChanged: (state, { payload }: PayloadAction<MeetingState>): MeetingView => ({
      ...payload,
      captured: state.captured || payload.recording.phase === 'on' || payload.transcription.phase === 'on',
    }),
  },
});

const initialReactions: ReactionsState = {
  able: false,
  hands: [],
  emojis: [],
  hand: 'down',
  reacting: false,
  failure: undefined,
};

/** Raised hands and emoji. */
export const reactionsSlice = createSlice({
  name: 'reactions',
  initialState: initialReactions,
  reducers: { reactionsChanged: (_state, action: PayloadAction<ReactionsState>) => action.payload },
});

/** What is kept of this meeting, and of whom. */
export const consentSlice = createSlice({
  name: 'consent',
  initialState: QUIET_CONSENT,
  reducers: { consentChanged: (_state, action: PayloadAction<ConsentState>) => action.payload },
});

export interface CaptionsLook {
  readonly size: 'small' | 'medium' | 'large';
  readonly place: 'over' | 'below';
}
interface CaptionsView extends CaptionsState {
  readonly look: CaptionsLook;
}
const initialCaptions: CaptionsView = {
  wanted: false,
  refused: false,
  speaks: undefined,
  lines: [],
  look: { size: 'medium', place: 'over' },
};

/** Captions of this person, and how they like them. */
export const captionsSlice = createSlice({
  name: 'captions',
  initialState: initialCaptions,
  reducers: {
    captionsChanged: (state, action: PayloadAction<CaptionsState>) => ({ ...state, ...action.payload }),
    captionsLookChosen: (state, action: PayloadAction<Partial<CaptionsLook>>) => ({
      ...state,
      look: { ...state.look, ...action.payload },
    }),
  },
});

export type Panel = 'none' | 'people' | 'captions';

interface ScreenState {
  readonly panel: Panel;
  readonly dialog: 'none' | 'settings' | 'shortcuts' | 'minutes' | 'recording' | 'results';
  /** Trouble the person has read and put away. */
  readonly dismissed: readonly string[];
  readonly announcements: readonly Announcement[];
  /** Single keys are shortcuts; people who dictate or whose hands slip turn that off (WCAG 2.1.4). */
  readonly shortcuts: boolean;
}
const initialScreen: ScreenState = {
  panel: 'none',
  dialog: 'none',
  dismissed: [],
  announcements: [],
  shortcuts: true,
};
const KEPT_ANNOUNCEMENTS = 5;

/** What is open on this screen. */
export const screenSlice = createSlice({
  name: 'screen',
  initialState: initialScreen,
  reducers: {
    panelToggled: (state, action: PayloadAction<Panel>) => {
      state.panel = state.panel === action.payload ? 'none' : action.payload;
    },
    dialogOpened: (state, action: PayloadAction<ScreenState['dialog']>) => {
      state.dialog = action.payload;
    },
    noticeDismissed: (state, action: PayloadAction<string>) => {
      state.dismissed.push(action.payload);
    },
    noticeForgotten: (state, action: PayloadAction<string>) => {
      state.dismissed = state.dismissed.filter((id) => id !== action.payload);
    },
    shortcutsSwitched: (state, action: PayloadAction<boolean>) => {
      state.shortcuts = action.payload;
    },
    announced: (state, action: PayloadAction<readonly Announcement[]>) => {
      state.announcements = [...state.announcements, ...action.payload].slice(-KEPT_ANNOUNCEMENTS);
    },
  },
});
