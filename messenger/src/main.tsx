import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'react-redux';
import { App } from './app/App.tsx';
import { MessengerContext } from './app/context.ts';
import { applyPreferences, readPreferences } from './app/preferences.ts';
import { loadConfig } from './config.ts';
import { NotConfigured } from './features/sign-in/NotConfigured.tsx';
import { startWords } from './i18n/index.ts';
import { createMessenger } from './matrix/messenger.ts';
import { createStore } from './store/store.ts';
import './ui/tokens.css';
import './ui/base.css';

async function main(): Promise<void> {
  const element = document.getElementById('root');
  if (element === null) return;
  const root = createRoot(element);
  const store = createStore(readPreferences(localStorage, navigator.languages));
  applyPreferences(store, localStorage);
  await startWords(store.getState().preferences.language);
  try {
    const config = await loadConfig();
    const messenger = createMessenger({
      config,
      store,
      storage: localStorage,
      deviceName: `Palabre (${navigator.platform === '' ? 'web' : navigator.platform})`,
    });
    root.render(
      <StrictMode>
        <Provider store={store}>
          <MessengerContext value={messenger}>
            <App />
          </MessengerContext>
        </Provider>
      </StrictMode>,
    );
    await messenger.start();
  } catch (error) {
    console.error(error);
    root.render(<NotConfigured />);
  }
}

void main();
