import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import type { UnlockResult } from '../../matrix/encryption.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';
import './encryption.css';

/** A new device asks for the recovery key; there are ways on without it, and each says what it costs. */
export function UnlockDialog() {
  const [lost, setLost] = useState(false);
  return lost ? <StartOver onBack={() => setLost(false)} /> : <Unlock onLost={() => setLost(true)} />;
}

function Unlock(props: { readonly onLost: () => void }) {
  const { t } = useTranslation();
  const { encryption } = useAccount();
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<UnlockResult | 'failed'>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      setResult(await encryption.unlock(key));
    } catch (error) {
      console.error(error);
      setResult('failed');
    }
    setBusy(false);
  };
  return (
    <Dialog title={t('encryption.unlockTitle')} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && key.trim() !== '') void submit();
        }}
      >
        <p className="dialog-text">{t('encryption.unlockBody')}</p>
        <Field
          label={t('encryption.keyLabel')}
          value={key}
          onChange={(value) => {
            setKey(value);
            setResult(undefined);
          }}
          mono
          autoFocus
          autoComplete="off"
          testId="recovery-key-input"
          error={
            result === 'malformed' ? t('encryption.malformed') : result === 'wrong' ? t('encryption.wrong') : undefined
          }
        />
        {result === 'failed' && <Banner tone="error">{t('encryption.unlockFailed')}</Banner>}
        <p className="field-help">{t('encryption.withoutHelp')}</p>
        <button type="button" className="text-button" onClick={props.onLost}>
          {t('encryption.lost')}
        </button>
        <div className="dialog-actions">
          <Button data-testid="recovery-key-without" onPress={() => encryption.goOnWithout()}>
            {t('encryption.without')}
          </Button>
          <Button
            tone="primary"
            type="submit"
            busy={busy}
            isDisabled={key.trim() === ''}
            data-testid="recovery-key-submit"
          >
            {t('encryption.unlockSubmit')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function StartOver(props: { readonly onBack: () => void }) {
  const { t } = useTranslation();
  const { encryption } = useAccount();
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    setFailed(false);
    try {
      await encryption.startOver(password);
    } catch (error) {
      console.error(error);
      setFailed(true);
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('encryption.startOverTitle')} alert wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && password !== '') void submit();
        }}
      >
        <p className="dialog-text">{t('encryption.startOverBody')}</p>
        <Field
          label={t('signIn.password')}
          value={password}
          onChange={setPassword}
          type="password"
          autoComplete="current-password"
          autoFocus
          error={failed ? t('encryption.startOverFailed') : undefined}
        />
        <div className="dialog-actions">
          <Button onPress={props.onBack}>{t('common.back')}</Button>
          <Button tone="danger" type="submit" busy={busy} isDisabled={password === ''}>
            {t('encryption.startOverSubmit')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
