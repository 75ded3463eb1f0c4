import { join } from 'node:path';

import { repository } from '../places.mjs';
import { answers, createService } from './supervise.mjs';
import { serviceUser } from './users.mjs';

export const SPEECH_MODEL = 'base';

/**
 * Speech to text on loopback, behind the interface that hosted services offer too.
 * @param {object} options
 * @param {string} options.python
 * @param {string} options.model folder of the weights
 * @param {number} options.port
 * @param {string} options.apiKey
 * @param {string} options.logPath
 * @param {(text: string) => void} options.onProgress
 */
export function createSpeech({ python, model, port, apiKey, logPath, onProgress }) {
  const url = `http://127.0.0.1:${port}`;
  const program = join(repository, 'bridge', 'speech-server', 'server.py');
  const user = serviceUser({
    service: 'speech',
    label: 'The speech server',
    needs: [python, program, model],
    onProgress,
  });
  const service = createService({
    name: 'speech',
    label: 'the speech server',
    logPath,
    onProgress,
    command: () => ({
      // Media and signalling go first; a caption may be late, a voice may not.
      niceness: 5,
      file: python,
      args: [program, '--port', String(port), '--model', model, '--name', SPEECH_MODEL],
      cwd: '/',
      env: { ...process.env, PALABRE_SPEECH_KEY: apiKey, PYTHONDONTWRITEBYTECODE: '1' },
      ...(user === undefined ? {} : { user }),
    }),
    ready: () => answers(`${url}/health`),
  });
  return { service, url };
}
