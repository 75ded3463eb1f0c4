import type { Barrier } from './state.ts';

/** SFUs of other organisations that do not have us, each with the reason its bridge gave. */
export interface Barriers {
  /** @param why undefined: nothing stands between that SFU and us any more, or nothing that we know of */
  set(serviceUrl: string, why: Barrier['why'] | undefined): void;
}

export function createBarriers(onChange: (barriers: readonly Barrier[]) => void): Barriers {
  const known = new Map<string, Barrier>();
  return {
    set(serviceUrl, why) {
      if (known.get(serviceUrl)?.why === why) return;
      if (why === undefined) known.delete(serviceUrl);
      else known.set(serviceUrl, { host: new URL(serviceUrl).host, why });
      onChange([...known.values()]);
    },
  };
}
