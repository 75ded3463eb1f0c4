import { useTranslation } from 'react-i18next';
import { useMessenger } from '../../app/context.ts';
import { Spinner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { WordMark } from './WordMark.tsx';
import './sign-in.css';

export function Opening() {
  const { t } = useTranslation();
  return (
    <main className="welcome">
      <WordMark />
      <Spinner label={t('start.opening')} />
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
