/** `npm run palabre -- …`: commands for administrators. */
import { parseArgs } from 'node:util';
import {
  audit,
  AUDIT_HELP,
  consent,
  CONSENT_HELP,
  Misuse,
  policy,
  POLICY_HELP,
  results,
  RESULTS_HELP,
} from './administration/index.ts';
import { ConfigError, loadConfig } from './operations/index.ts';

const HELP = `${POLICY_HELP}

${AUDIT_HELP}

${CONSENT_HELP}

${RESULTS_HELP}

  --config FILE   the bridge's configuration (default: PALABRE_CONFIG, or the one \`npm start\` wrote)`;

async function run(): Promise<string[]> {
  const { values, positionals } = parseArgs({
    options: {
      config: { type: 'string' },
      since: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  if (values.help === true) return [HELP];
  const config = () => loadConfig(values.config ?? process.env['PALABRE_CONFIG']);
  const [topic, ...args] = positionals;
  switch (topic) {
    case 'policy':
      return policy(args, config);
    case 'audit':
      return audit(args, config, values);
    case 'consent':
      return consent(args, config, values);
    case 'results':
      return results(args, config, values);
    default:
      throw new Misuse(HELP);
  }
}

try {
  const lines = await run();
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
} catch (error) {
  const known = error instanceof Misuse || error instanceof ConfigError;
  process.stderr.write(`${known || error instanceof TypeError ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
