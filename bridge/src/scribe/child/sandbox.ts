/**
 * What Playwright and Chromium say where the machine forbids the sandbox, as containers without user namespaces do. Chromium names its
 * own source file when a step of setting it up is refused.
 */
const IMPOSSIBLE =
  /sandboxing failed|no usable sandbox|suid sandbox|failed to move to new namespace|without --no-sandbox|sandbox\/linux|credentials\.cc/i;

/** Did a browser not start because it cannot have its sandbox here? Any other failure must not cost it the sandbox. */
export function isSandboxImpossible(error: unknown): boolean {
  return error instanceof Error && IMPOSSIBLE.test(error.message);
}
