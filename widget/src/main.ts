/**
 * Entry of the call widget. Opens the conversation with the messenger at once; everything else loads meanwhile.
 */
import { openDoors } from './call/doors.ts';
import { createHost, parseParameters } from './host/index.ts';
import { BROKEN } from './i18n/broken.ts';
import { languageOf, loadCatalogue } from './i18n/catalogues.ts';

const parsed = parseParameters(location.hash, location.search);
const language = languageOf((parsed.ok ? parsed.parameters.language : parsed.language) ?? navigator.language);

/** Encryption comes as a file of our own origin, and only in encrypted rooms. */
function createEncryptionWorker(): Worker {
  return new Worker(new URL('./call/encryption-worker.ts', import.meta.url), { type: 'module' });
}

async function open(): Promise<void> {
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

const RELOADED = 'palabre.reloaded';

/**
 * A part is missing: most likely a new version was put in place while this page was loading. Loading it again brings the new
 * one; if that fails too, it is said.
 */
function recover(): void {
  try {
    if (sessionStorage.getItem(RELOADED) === null) {
      sessionStorage.setItem(RELOADED, 'yes');
      location.reload();
      return;
    }
    sessionStorage.removeItem(RELOADED);
  } catch {
    // Without storage we could reload for ever: say it at once.
  }
  document.body.replaceChildren(
    Object.assign(document.createElement('p'), { textContent: BROKEN[language], role: 'alert' }),
  );
}

open().then(() => {
  try {
    sessionStorage.removeItem(RELOADED);
  } catch {
    // Nothing was stored then.
  }
}, recover);
