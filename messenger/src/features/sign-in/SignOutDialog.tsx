import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMessenger } from '../../app/context.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';

/** Asks before the keys are removed from this browser. */
export function SignOutDialog(props: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const messenger = useMessenger();
  const [ending, setEnding] = useState(false);
  return (
    <Dialog title={t('account.signOutTitle')} alert onClose={props.onClose}>
      <p>{t('account.signOutBody')}</p>
      <div className="dialog-actions">
        <Button isDisabled={ending} onPress={props.onClose}>
          {t('common.cancel')}
        </Button>
        <Button
          tone="danger"
          busy={ending}
          data-testid="sign-out-confirm"
          onPress={() => {
            setEnding(true);
            void messenger.signOut();
          }}
        >
          {t('account.signOut')}
        </Button>
      </div>
    </Dialog>
  );
}
