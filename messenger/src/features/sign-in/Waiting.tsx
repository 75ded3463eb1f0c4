import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMessenger } from '../../app/context.ts';
import { useAppSelector } from '../../store/store.ts';
import { Spinner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { WordMark } from './WordMark.tsx';
import './sign-in.css';

/** The session is being opened; when the server stays silent, the person is told and may leave. */
export function Opening() {
  const { t } = useTranslation();
  const messenger = useMessenger();
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
      {leaving && <SignOutDialog onClose={() => setLeaving(false)} onConfirm={() => messenger.signOut()} />}
    </main>
  );
}

function SignOutDialog(props: { readonly onClose: () => void; readonly onConfirm: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('account.signOutTitle')} alert onClose={props.onClose}>
      <p>{t('account.signOutBody')}</p>
      <div className="dialog-actions">
        <Button onPress={props.onClose}>{t('common.cancel')}</Button>
        <Button tone="danger" onPress={props.onConfirm}>
          {t('account.signOut')}
        </Button>
      </div>
    </Dialog>
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

export function Failed() {
  const { t } = useTranslation();
  return (
    <main className="welcome">
      <WordMark />
      <p className="welcome-text" role="alert">
        {t('start.failed')}
      </p>
      <Button tone="primary" onPress={() => window.location.reload()}>
        {t('start.reload')}
      </Button>
    </main>
  );
}
