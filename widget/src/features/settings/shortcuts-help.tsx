import { useTranslation } from 'react-i18next';
import { CallDialog } from './dialog.tsx';

const KEYS = [
  ['M', 'microphone'],
  ['V', 'camera'],
  ['P', 'people'],
  ['Esc', 'escape'],
] as const;

/** The keys that work while nothing is being typed. */
export default function ShortcutsHelp() {
  const { t } = useTranslation();
  return (
    <CallDialog title={t('shortcuts.title')}>
      <dl className="shortcuts">
        {KEYS.map(([key, what]) => (
          <div key={key} className="shortcut">
            <dt>{t(`shortcuts.${what}`)}</dt>
            <dd>
              <kbd>{key}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </CallDialog>
  );
}
