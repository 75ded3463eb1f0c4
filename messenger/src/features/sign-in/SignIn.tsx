import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMessenger } from '../../app/context.ts';
import { useAppSelector } from '../../store/store.ts';
import type { SessionState } from '../../store/slices.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { LanguageChoice } from './LanguageChoice.tsx';
import { WordMark } from './WordMark.tsx';
import './sign-in.css';

const SENTENCES = {
  'wrong-password': 'signIn.wrongPassword',
  'rate-limited': 'signIn.rateLimited',
  unreachable: 'signIn.unreachable',
  'signed-out-elsewhere': 'signIn.signedOutElsewhere',
  unknown: 'signIn.unknown',
} as const satisfies Record<NonNullable<SessionState['problem']>, string>;

export function SignIn() {
  const { t } = useTranslation();
  const messenger = useMessenger();
  const { phase, problem } = useAppSelector((state) => state.session);
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const busy = phase === 'signing-in';
  return (
    <main className="welcome">
      <div className="welcome-head">
        <WordMark />
        <p className="welcome-text">{t('start.tagline')}</p>
      </div>
      <form
        className="sign-in"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && user.trim() !== '' && password !== '') void messenger.signIn(user, password);
        }}
      >
        <h1>{t('signIn.title')}</h1>
        {problem !== undefined && (
          <Banner tone={problem === 'signed-out-elsewhere' ? 'info' : 'error'}>{t(SENTENCES[problem])}</Banner>
        )}
        <Field
          label={t('signIn.user')}
          value={user}
          onChange={setUser}
          autoComplete="username"
          help={t('signIn.userHelp', { server: messenger.config.serverName })}
          required
          autoFocus
          testId="login-user"
        />
        <Field
          label={t('signIn.password')}
          value={password}
          onChange={setPassword}
          type="password"
          autoComplete="current-password"
          required
          testId="login-password"
        />
        <Button tone="primary" type="submit" busy={busy} data-testid="login-submit">
          {busy ? t('signIn.busy') : t('signIn.submit')}
        </Button>
      </form>
      <LanguageChoice />
    </main>
  );
}
