/**
 * Entry of the call widget. Opens the conversation with the messenger at once; everything else loads meanwhile.
 */
import { openDoors } from './call/doors.ts';
import { createHost, parseParameters } from './host/index.ts';
import { languageOf, loadCatalogue } from './i18n/catalogues.ts';

/** Encryption comes as a file of our own origin, and only in encrypted rooms. */
function createEncryptionWorker(): Worker {
  return new Worker(new URL('./call/encryption-worker.ts', import.meta.url), { type: 'module' });
}

async function open(): Promise<void> {
  const parsed = parseParameters(location.hash, location.search);
  const wanted = parsed.ok ? parsed.parameters.language : parsed.language;
  const language = languageOf(wanted ?? navigator.language);
  const application = import('./application.tsx');
  const catalogue = loadCatalogue(language);
  if (!parsed.ok) {
    const { explainMissing } = await application;
    await explainMissing(parsed.missing, language, await catalogue);
    return;
  }
  const host = createHost(parsed.parameters, window);
  const doors = openDoors(host);
  const [{ start }, { createCall }] = await Promise.all([application, import('./call/call.ts')]);
  await start({ host, doors, language, catalogue: await catalogue, createCall, createEncryptionWorker });
}

void open();
