import { Check as Tick, Copy, Download } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { Button } from '../../ui/Button.tsx';
import { Check } from '../../ui/Check.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { saveBlob } from '../timeline/use-download.ts';
import './encryption.css';

/** Shows a new recovery key; it can only be left by saying that it is kept. */
export function SaveKeyDialog() {
  const { t } = useTranslation();
  const { encryption } = useAccount();
  const [kept, setKept] = useState(false);
  const [done, setDone] = useState<'copied' | 'downloaded'>();
  const key = encryption.keyToSave() ?? '';
  return (
    <Dialog title={t('encryption.saveTitle')} wide>
      <p className="dialog-text">{t('encryption.saveBody')}</p>
      <output className="recovery-key" aria-label={t('encryption.keyLabel')} data-testid="recovery-key">
        {key.split(' ').map((group, index) => (
          <span key={index}>{`${group} `}</span>
        ))}
      </output>
      <div className="recovery-actions">
        <Button
          icon={done === 'copied' ? <Tick size={18} /> : <Copy size={18} />}
          onPress={() => {
            navigator.clipboard.writeText(key).then(
              () => setDone('copied'),
              // The key can still be selected by hand.
              () => setDone(undefined),
            );
          }}
        >
          {done === 'copied' ? t('encryption.copied') : t('encryption.copy')}
        </Button>
        <Button
          icon={done === 'downloaded' ? <Tick size={18} /> : <Download size={18} />}
          onPress={() => {
            saveBlob(new Blob([`${key}\n`], { type: 'text/plain' }), t('encryption.fileName'));
            setDone('downloaded');
          }}
        >
          {done === 'downloaded' ? t('encryption.downloaded') : t('encryption.download')}
        </Button>
      </div>
      <Check checked={kept} onChange={setKept} title={t('encryption.acknowledge')} testId="recovery-key-kept" />
      <div className="dialog-actions">
        <Button
          tone="primary"
          isDisabled={!kept}
          data-testid="recovery-key-continue"
          onPress={() => encryption.acknowledge()}
        >
          {t('encryption.continue')}
        </Button>
      </div>
    </Dialog>
  );
}
