/** Something the person at the terminal can mend: its message is one sentence that says how, and is shown without a stack trace. */
export class Refusal extends Error {}

/**
 * A field of a caught error, for example `code` of a failed system call or `status` of a failed program.
 * @param {unknown} error @param {string} name @returns {unknown}
 */
export const detail = (error, name) =>
  typeof error === 'object' && error !== null ? /** @type {Record<string, unknown>} */ (error)[name] : undefined;

/** The last line of a script: says what went wrong and sets the exit code. @param {unknown} error */
export function giveUp(error) {
  console.error(error instanceof Refusal ? `\n${error.message}` : error);
  process.exitCode = 1;
}
