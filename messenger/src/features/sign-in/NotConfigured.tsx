import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { WordMark } from './WordMark.tsx';
import './sign-in.css';

/** Shown when `/config.json` cannot be read: nothing else can work then. */
export function NotConfigured() {
  const { t } = useTranslation();
  return (
    <main className="welcome">
      <WordMark />
      <p className="welcome-text" role="alert">
        {t('start.notConfigured')}
      </p>
      <Button tone="primary" onPress={() => window.location.reload()}>
        {t('start.reload')}
      </Button>
    </main>
  );
}
