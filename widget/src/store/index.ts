import { combineReducers, configureStore } from '@reduxjs/toolkit';
import { useDispatch, useSelector } from 'react-redux';
import type { CallObserver } from '../call/index.ts';
import {
  announceCall,
  announceConsent,
  announceMeeting,
  announceOperators,
  announcePeople,
  announceReactions,
  type Announcement,
} from './announcements.ts';
import {
  callSlice,
  captionsSlice,
  consentSlice,
  localSlice,
  meetingSlice,
  peopleSlice,
  reactionsSlice,
  screenSlice,
} from './slices.ts';

const reducer = combineReducers({
  call: callSlice.reducer,
  people: peopleSlice.reducer,
  local: localSlice.reducer,
  meeting: meetingSlice.reducer,
  reactions: reactionsSlice.reducer,
  captions: captionsSlice.reducer,
  consent: consentSlice.reducer,
  screen: screenSlice.reducer,
});
export type State = ReturnType<typeof reducer>;

/** A new, empty store. */
export function createStore(preloaded?: Partial<State>) {
  return configureStore({ reducer, ...(preloaded === undefined ? {} : { preloadedState: preloaded }) });
}
export type Store = ReturnType<typeof createStore>;

export const useAppSelector = useSelector.withTypes<State>();
export const useAppDispatch = useDispatch.withTypes<Store['dispatch']>();

/** The one way from the call into the store; also says aloud what changed. */
export function createObserver(store: Store): CallObserver {
  let counter = 0;
  const announce = (told: readonly Omit<Announcement, 'id'>[]): void => {
    if (told.length > 0)
      store.dispatch(screenSlice.actions.announced(told.map((item) => ({ ...item, id: ++counter }))));
  };
  return {
    onState(state) {
      const before = store.getState().call;
      store.dispatch(callSlice.actions.callChanged(state));
      announce(announceCall(before, state));
    },
    onPeople(people) {
      const { people: before, call } = store.getState();
      store.dispatch(peopleSlice.actions.peopleChanged(people));
      if (call.phase === 'joined') announce(announcePeople(before.list, people));
      if (!call.encrypted) announce(announceOperators(before.list, people));
    },
    onLocal(state) {
      const before = store.getState().local;
      store.dispatch(localSlice.actions.localChanged(state));
      for (const kind of ['microphone', 'camera'] as const)
        // A new attempt: if it fails again, it is said again.
        if (before[kind].trouble !== undefined && state[kind].trouble === undefined)
          store.dispatch(screenSlice.actions.noticeForgotten(`${kind} ${before[kind].trouble}`));
    },
    onMeeting(state) {
      const before = store.getState().meeting;
      store.dispatch(meetingSlice.actions.meetingChanged(state));
      announce(announceMeeting(before, state));
    },
    onReactions(state) {
      const { reactions: before, people } = store.getState();
      store.dispatch(reactionsSlice.actions.reactionsChanged(state));
      announce(announceReactions(before, state, people.list));
    },
    onCaptions(state) {
      store.dispatch(captionsSlice.actions.captionsChanged(state));
    },
    onConsent(state) {
      const { consent: before, call } = store.getState();
      if (call.phase === 'joined') announce(announceConsent(before, state));
      store.dispatch(consentSlice.actions.consentChanged(state));
    },
  };
}

export const { panelToggled, dialogOpened, noticeDismissed, shortcutsSwitched } = screenSlice.actions;
export const { captionsLookChosen } = captionsSlice.actions;
export * from './selectors.ts';
export type { Announcement } from './announcements.ts';
export type { CaptionsLook, Panel } from './slices.ts';
