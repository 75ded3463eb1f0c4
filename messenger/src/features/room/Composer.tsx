import { TEXT_COMMAND_PREFIX } from '@palabre/protocol';
import { Paperclip, SendHorizontal } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { NotEncryptedError } from '../../matrix/actions.ts';
import { draftKey, returnToDraft } from '../../store/drafts.ts';
import { useAppSelector } from '../../store/store.ts';
import { Banner } from '../../ui/Banner.tsx';
import { IconButton } from '../../ui/Button.tsx';
import { UploadRow } from './UploadRow.tsx';

/** The line to write in: Enter sends, Shift+Enter begins a new line, files may be dropped or pasted. */
export function Composer(props: {
  readonly roomId: string;
  readonly threadId: string | undefined;
  readonly placeholder: string;
  readonly autoFocus?: boolean;
}) {
  const { t } = useTranslation();
  const { client, actions, files } = useAccount();
  const { roomId, threadId } = props;
  // What was typed and not sent survives a reload of the page.
  const key = draftKey(client.getSafeUserId(), roomId, threadId);
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? '');
  const [returned, setReturned] = useState(false);
  const [unheard, setUnheard] = useState(false);
  const [dropping, setDropping] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const encrypted = useAppSelector((state) => state.rooms.byId[roomId]?.encrypted === true);
  const isCommand = encrypted && text.trimStart().toLowerCase().startsWith(TEXT_COMMAND_PREFIX);
  const all = useAppSelector((state) => state.uploads);
  const uploads = all.filter((upload) => upload.roomId === roomId && upload.threadId === threadId);

  useEffect(() => {
    if (text === '') sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  }, [key, text]);

  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, 180)}px`;
  }, [text]);

  useEffect(() => {
    if (props.autoFocus === true) area.current?.focus();
  }, [props.autoFocus]);

  const send = (): void => {
    const body = text.trim();
    if (body === '') return;
    setText('');
    setReturned(false);
    setUnheard(isCommand);
    actions.sendText(roomId, threadId, body).catch((error: unknown) => {
      // What else fails stays in the timeline with its text, and a way to send it again.
      if (!(error instanceof NotEncryptedError)) return;
      setText(returnToDraft(sessionStorage, key, body));
      setReturned(true);
    });
  };
  const sendFiles = (list: FileList | null): void => {
    if (list !== null && list.length > 0) files.send(roomId, threadId, [...list]);
  };
  return (
    <div
      className="composer-box"
      data-dropping={dropping}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDropping(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setDropping(false);
        sendFiles(event.dataTransfer.files);
      }}
    >
      {uploads.length > 0 && (
        <ul className="uploads">
          {uploads.map((upload) => (
            <UploadRow key={upload.id} upload={upload} />
          ))}
        </ul>
      )}
      {(isCommand || unheard) && <Banner tone="info">{t('composer.commandUnheard')}</Banner>}
      {returned && <Banner tone="error">{t('composer.notEncrypted')}</Banner>}
      {dropping && <p className="composer-drop">{t('composer.drop')}</p>}
      <form
        className="composer"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <IconButton
          label={t('composer.attach')}
          icon={<Paperclip size={20} />}
          onPress={() => picker.current?.click()}
        />
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          data-testid="file-input"
          onChange={(event) => {
            sendFiles(event.target.files);
            event.target.value = '';
          }}
        />
        <textarea
          ref={area}
          rows={1}
          value={text}
          aria-label={t('composer.label')}
          placeholder={props.placeholder}
          data-testid="composer"
          onChange={(event) => setText(event.target.value)}
          onPaste={(event) => {
            if (event.clipboardData.files.length === 0) return;
            event.preventDefault();
            sendFiles(event.clipboardData.files);
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        {text.trim() === '' ? null : (
          <IconButton
            label={t('composer.send')}
            icon={<SendHorizontal size={18} />}
            tone="primary"
            type="submit"
            data-testid="composer-send"
          />
        )}
      </form>
    </div>
  );
}
