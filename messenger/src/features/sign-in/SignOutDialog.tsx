import { useTranslation } from 'react-i18next';
import { useMessenger } from '../../app/context.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';

/** Asks before the keys are removed from this browser. */
export function SignOutDialog(props: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const messenger = useMessenger();
  return (
    <ConfirmDialog
      title={t('account.signOutTitle')}
      body={t('account.signOutBody')}
      confirm={t('account.signOut')}
      testId="sign-out-confirm"
      onConfirm={() => messenger.signOut()}
      onClose={props.onClose}
    />
  );
}
