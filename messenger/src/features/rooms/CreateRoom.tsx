import { ShieldCheck, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount, useMessenger } from '../../app/context.ts';
import { useAppSelector } from '../../store/store.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Check } from '../../ui/Check.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';
import { PeopleEntry } from './PeopleEntry.tsx';
import './create-room.css';

export function CreateRoom(props: { readonly onClose: () => void; readonly onCreated: (roomId: string) => void }) {
  const { t } = useTranslation();
  const { actions } = useAccount();
  const { config } = useMessenger();
  const me = useAppSelector((state) => state.session.me);
  const [name, setName] = useState('');
  const [people, setPeople] = useState<readonly string[]>([]);
  const [encrypted, setEncrypted] = useState(true);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    setFailed(false);
    try {
      props.onCreated(await actions.createRoom({ name, encrypted, people }));
    } catch (error) {
      console.error(error);
      setFailed(true);
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('create.title')} onClose={props.onClose} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '' && !busy) void submit();
        }}
      >
        <Field
          label={t('create.name')}
          value={name}
          onChange={setName}
          placeholder={t('create.namePlaceholder')}
          required
          autoFocus
          testId="create-room-name"
        />
        <PeopleEntry
          label={t('create.people')}
          submit={t('create.add')}
          help={t('create.peopleHelp')}
          leaveOut={[...people, config.watcherUserId, config.scribeUserId, ...(me === undefined ? [] : [me.userId])]}
          onPick={(userId) => setPeople([...new Set([...people, userId])])}
        />
        {people.length > 0 && (
          <ul className="chips">
            {people.map((userId) => (
              <li key={userId} className="chip">
                <span className="clip">{userId}</span>
                <button
                  type="button"
                  aria-label={t('create.removePerson', { name: userId })}
                  onClick={() => setPeople(people.filter((known) => known !== userId))}
                >
                  <X size={14} aria-hidden="true" />
                </button>
              </li>
            ))}
          </ul>
        )}
        <Check
          checked={encrypted}
          onChange={setEncrypted}
          title={t('create.encrypted')}
          help={t('create.encryptedHelp')}
          testId="create-room-encrypted"
        />
        <p className="hint">
          <ShieldCheck size={18} aria-hidden="true" />
          <span>{t('create.watcher', { userId: config.watcherUserId })}</span>
        </p>
        {failed && <Banner tone="error">{t('create.failed')}</Banner>}
        <div className="dialog-actions">
          <Button onPress={props.onClose}>{t('common.cancel')}</Button>
          <Button
            tone="primary"
            type="submit"
            busy={busy}
            isDisabled={name.trim() === ''}
            data-testid="create-room-submit"
          >
            {t('create.submit')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
