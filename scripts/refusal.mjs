/** Something the person at the terminal can mend: its message is one sentence that says how, and is shown without a stack trace. */
export class Refusal extends Error {}

/** The last line of a script: says what went wrong and sets the exit code. @param {unknown} error */
export function giveUp(error) {
  console.error(error instanceof Refusal ? `\n${error.message}` : error);
  process.exitCode = 1;
}
