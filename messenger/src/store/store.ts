import { combineReducers, configureStore } from '@reduxjs/toolkit';
import { useDispatch, useSelector } from 'react-redux';
import { call, preferences, rooms, session, uploads } from './slices.ts';
import type { Preferences } from './slices.ts';

const reducer = combineReducers({
  session: session.reducer,
  rooms: rooms.reducer,
  uploads: uploads.reducer,
  call: call.reducer,
  preferences: preferences.reducer,
});

export type RootState = ReturnType<typeof reducer>;

export function createStore(initialPreferences: Preferences) {
  return configureStore({
    reducer,
    preloadedState: { preferences: initialPreferences },
    // Timelines are large and plain by construction; checking them at every action is slow in development.
    middleware: (defaults) => defaults({ immutableCheck: false, serializableCheck: false }),
  });
}

export type Store = ReturnType<typeof createStore>;
export type AppDispatch = Store['dispatch'];

export const useAppSelector = useSelector.withTypes<RootState>();
export const useAppDispatch = useDispatch.withTypes<AppDispatch>();
