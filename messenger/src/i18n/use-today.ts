import { useSyncExternalStore } from 'react';
import { dayNumber } from './format.ts';

const CHECK_MS = 30_000;

function subscribe(listener: () => void): () => void {
  const timer = setInterval(listener, CHECK_MS);
  return () => clearInterval(timer);
}

/** The day it is, as {@link dayNumber}; changes at midnight. */
export function useToday(): number {
  return useSyncExternalStore(subscribe, () => dayNumber(Date.now()));
}
