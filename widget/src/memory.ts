/**
 * What this browser keeps for the next call. Private windows and strict settings may refuse storage; choices are then kept for
 * this call only.
 */
export function recall(name: string): string | undefined {
  try {
    return localStorage.getItem(`palabre.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a choice for the next call, where the browser allows it. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`palabre.${name}`, value);
  } catch {
    return;
  }
}
