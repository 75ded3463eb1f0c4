import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { I18nextProvider } from 'react-i18next';
import { Provider } from 'react-redux';
import { CallContext } from '../call-context.ts';
import { createTranslations } from '../i18n/index.ts';
import en from '../i18n/en.ts';
import fr from '../i18n/fr.ts';
import { createStore, type State } from '../store/index.ts';
import { createFakeCall } from './fake-call.ts';

/** What jsdom lacks. @param matching a media query that matches; all others do not */
function completeBrowser(matching: string | undefined): void {
  window.matchMedia = (query) =>
    ({
      matches: query === matching,
      media: query,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    }) as never;
  window.ResizeObserver = class implements ResizeObserver {
    observe(): void {
      return undefined;
    }
    unobserve(): void {
      return undefined;
    }
    disconnect(): void {
      return undefined;
    }
  };
  Object.defineProperty(window, 'CSS', {
    configurable: true,
    value: { escape: (text: string) => text, supports: () => false },
  });
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: { getDisplayMedia: () => undefined } });
}

/** Draws a component of the call with a store and a call that notes what it is asked. */
export async function renderInCall(
  children: ReactNode,
  state: Partial<State> = {},
  language: 'en' | 'fr' = 'en',
  matching?: string,
) {
  completeBrowser(matching);
  const store = createStore(state);
  const fake = createFakeCall();
  const translations = await createTranslations(language, language === 'en' ? en : fr);
  const view = render(
    <Provider store={store}>
      <I18nextProvider i18n={translations}>
        <CallContext value={fake.call}>{children}</CallContext>
      </I18nextProvider>
    </Provider>,
  );
  return { ...view, ...fake, store };
}
