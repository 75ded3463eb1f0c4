import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Banner } from './Banner.tsx';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';

/** Asks before something that cannot be undone; stays until it is done, and says so when it was not. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly body: string;
  readonly confirm: string;
  readonly testId?: string;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const [state, setState] = useState<'asking' | 'busy' | 'failed'>('asking');
  const run = async (): Promise<void> => {
    setState('busy');
    try {
      await props.onConfirm();
      props.onClose();
    } catch (error) {
      console.error(error);
      setState('failed');
    }
  };
  return (
    <Dialog title={props.title} alert onClose={props.onClose}>
      <p>{props.body}</p>
      {state === 'failed' && <Banner tone="error">{t('common.somethingFailed')}</Banner>}
      <div className="dialog-actions">
        <Button isDisabled={state === 'busy'} onPress={props.onClose}>
          {t('common.cancel')}
        </Button>
        <Button tone="danger" busy={state === 'busy'} data-testid={props.testId} onPress={() => void run()}>
          {props.confirm}
        </Button>
      </div>
    </Dialog>
  );
}
