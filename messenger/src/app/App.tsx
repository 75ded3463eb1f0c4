import { I18nProvider } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Elsewhere, Failed, Opening } from '../features/sign-in/Waiting.tsx';
import { SignIn } from '../features/sign-in/SignIn.tsx';
import { Surrounded } from '../features/transcript/Surrounded.tsx';
import { useAppSelector } from '../store/store.ts';
import { AccountContext, useMessenger } from './context.ts';
import { Shell } from './Shell.tsx';

/** The whole page: what the phase of the session asks for. */
export function App() {
  const { i18n } = useTranslation();
  return (
    <I18nProvider locale={i18n.language}>
      <Screen />
    </I18nProvider>
  );
}

function Screen() {
  const phase = useAppSelector((state) => state.session.phase);
  const account = useMessenger().account();
  switch (phase) {
    case 'signed-out':
    case 'signing-in':
      return <SignIn />;
    case 'elsewhere':
      return <Elsewhere />;
    case 'failed':
      return <Failed />;
    case 'ready':
      if (account === undefined) return <Opening />;
      return (
        <AccountContext value={account}>
          <Surrounded>
            <Shell />
          </Surrounded>
        </AccountContext>
      );
    case 'starting':
    case 'syncing':
      return <Opening />;
  }
}
