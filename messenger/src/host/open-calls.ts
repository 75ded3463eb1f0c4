import type { CallHost } from './call-host.ts';

/** The call widgets that this page shows: whoever ends the session makes them leave first. */
export interface OpenCalls {
  /** @returns takes it out again */
  add(host: CallHost): () => void;
  hangUp(): Promise<void>;
}

export function createOpenCalls(): OpenCalls {
  const hosts = new Set<CallHost>();
  return {
    add: (host) => {
      hosts.add(host);
      return () => hosts.delete(host);
    },
    hangUp: async () => {
      await Promise.all([...hosts].map((host) => host.hangUp()));
    },
  };
}
