import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import type { Person } from '../../store/model.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';

export interface Removal {
  readonly person: Person;
  readonly ban: boolean;
  readonly invited: boolean;
}

/** Asks before somebody is removed or banned. */
export function RemovalDialog(props: {
  readonly roomId: string;
  readonly removal: Removal;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { actions } = useAccount();
  const { person, ban, invited } = props.removal;
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await actions[ban ? 'ban' : 'kick'](props.roomId, person.userId, reason);
      props.onClose();
    } catch (error) {
      console.error(error);
      setFailed(true);
      setBusy(false);
    }
  };
  const { name } = person;
  return (
    <Dialog
      title={ban ? t('members.banTitle', { name }) : t('members.kickTitle', { name })}
      alert
      onClose={props.onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void submit();
        }}
      >
        {!invited && <p>{ban ? t('members.banBody') : t('members.kickBody')}</p>}
        <Field label={t('members.reason')} value={reason} onChange={setReason} />
        {failed && <Banner tone="error">{t('members.failed')}</Banner>}
        <div className="dialog-actions">
          <Button onPress={props.onClose}>{t('common.cancel')}</Button>
          <Button tone="danger" type="submit" busy={busy} data-testid="member-removal-confirm">
            {ban ? t('members.ban') : invited ? t('members.uninvite') : t('members.kick')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
