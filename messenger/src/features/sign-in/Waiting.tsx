import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMessenger } from '../../app/context.ts';
import { useAppSelector } from '../../store/store.ts';
import { Spinner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { SignOutDialog } from './SignOutDialog.tsx';
import { WordMark } from './WordMark.tsx';
import './sign-in.css';

/** The session is being opened; when the server stays silent, the person is told and may leave. */
export function Opening() {
  const { t } = useTranslation();
  const offline = useAppSelector((state) => state.session.phase === 'syncing' && !state.session.online);
  const [leaving, setLeaving] = useState(false);
  return (
    <main className="welcome">
      <WordMark />
      {offline ? (
        <>
          <p className="welcome-text" role="alert">
            {t('start.offline')}
          </p>
          <Button onPress={() => setLeaving(true)}>{t('account.signOut')}</Button>
        </>
      ) : (
        <Spinner label={t('start.opening')} />
      )}
      {leaving && <SignOutDialog onClose={() => setLeaving(false)} />}
    </main>
  );
}

/** Another tab of this browser has the session. */
export function Elsewhere() {
  const { t } = useTranslation();
  const messenger = useMessenger();
  return (
    <main className="welcome">
      <WordMark />
      <h1>{t('start.elsewhere')}</h1>
      <p className="welcome-text">{t('start.elsewhereBody')}</p>
      <Button tone="primary" onPress={() => void messenger.useHere()}>
        {t('start.useHere')}
      </Button>
    </main>
  );
}

/** The session could not be opened: try again, or leave it. */
export function Failed() {
  const { t } = useTranslation();
  const [leaving, setLeaving] = useState(false);
  return (
    <main className="welcome">
      <WordMark />
      <p className="welcome-text" role="alert">
        {t('start.failed')}
      </p>
      <Button tone="primary" onPress={() => window.location.reload()}>
        {t('start.reload')}
      </Button>
      <Button tone="quiet" onPress={() => setLeaving(true)}>
        {t('account.signOut')}
      </Button>
      {leaving && <SignOutDialog onClose={() => setLeaving(false)} />}
    </main>
  );
}
