import { createContext, use } from 'react';
import type { Call } from './call/index.ts';

/** The running call, for components that give commands or show a track. Its state is in the store. */
export const CallContext = createContext<Call | undefined>(undefined);

/** @throws outside of the call's provider, which only a mistake in the assembly can cause */
export function useCall(): Call {
  const call = use(CallContext);
  if (call === undefined) throw new Error('no call');
  return call;
}
