import { locateTools } from '../places.mjs';
import { Refusal } from '../refusal.mjs';

/**
 * What no stack can do without.
 * @throws {Refusal} saying what is missing
 */
export function installedTools() {
  const tools = locateTools();
  const { node, setpriv, synapsePython } = tools;
  if (setpriv === undefined) {
    throw new Refusal('The command setpriv is missing: install it with `apt-get install util-linux`.');
  }
  if (node === undefined || synapsePython === undefined) {
    throw new Refusal('Palabre is not installed completely: run `npm start` once, and it says what is missing.');
  }
  return { ...tools, node, setpriv, synapsePython };
}
