import { parseArgs } from 'node:util';

import { defaultDataDir } from './places.mjs';
import { detail, Refusal } from './refusal.mjs';

export const START_HELP = `npm start -- [options]

  --data DIR   where accounts, rooms and recordings are kept (default ${defaultDataDir()})
  --reset      begin anew: deletes what is in that folder
  --help       this text

Installed tools are kept in a cache folder, which PALABRE_CACHE can name.`;

/** @param {string[]} args @returns {{ data: string, reset: boolean, help: boolean }} */
export function startOptions(args) {
  try {
    const { values } = parseArgs({
      args,
      options: { data: { type: 'string' }, reset: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.data === '') throw new Refusal('--data needs the path of a folder.');
    return { data: values.data ?? defaultDataDir(), reset: values.reset ?? false, help: values.help ?? false };
  } catch (error) {
    if (!String(detail(error, 'code')).startsWith('ERR_PARSE_ARGS')) throw error;
    throw new Refusal(`${String(detail(error, 'message')).split('\n')[0]}\n\n${START_HELP}`);
  }
}
