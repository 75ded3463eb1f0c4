import { parseArgs } from 'node:util';

import { defaultDataDir } from './places.mjs';
import { detail, Refusal } from './refusal.mjs';

export const START_HELP = `npm start -- [options]

  --data DIR     where accounts, rooms and recordings are kept (default ${defaultDataDir()})
  --reset        begin anew: deletes what is in that folder
  --federation   three organisations that federate, as \`npm run start:federation\` starts them
                 (default folder ${defaultDataDir()}-federation)
  --help         this text

Installed tools are kept in a cache folder, which PALABRE_CACHE can name.`;

/** @param {string[]} args @returns {{ data: string, reset: boolean, federation: boolean, help: boolean }} */
export function startOptions(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        data: { type: 'string' },
        reset: { type: 'boolean' },
        federation: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.data === '') throw new Refusal('--data needs the path of a folder.');
    const { federation = false, reset = false, help = false } = values;
    return { data: values.data ?? `${defaultDataDir()}${federation ? '-federation' : ''}`, reset, federation, help };
  } catch (error) {
    if (!String(detail(error, 'code')).startsWith('ERR_PARSE_ARGS')) throw error;
    throw new Refusal(`${String(detail(error, 'message')).split('\n')[0]}\n\n${START_HELP}`);
  }
}
