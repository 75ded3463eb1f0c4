import { useTranslation } from 'react-i18next';
import { shortcutsSwitched, useAppDispatch, useAppSelector } from '../../store/index.ts';
import { rememberShortcuts } from '../controls/index.ts';
import { CallDialog } from '../../ui/dialog.tsx';

const KEYS = [
  ['M', 'microphone'],
  ['V', 'camera'],
  ['H', 'hand'],
  ['C', 'captions'],
  ['P', 'people'],
  ['Esc', 'escape'],
] as const;

/** The keys that work while nothing is being typed, and the switch that turns the single ones off. */
export default function ShortcutsHelp() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const wanted = useAppSelector((state) => state.screen.shortcuts);
  const switchTo = (on: boolean): void => {
    dispatch(shortcutsSwitched(on));
    rememberShortcuts(on);
  };
  return (
    <CallDialog title={t('shortcuts.title')}>
      <label className="switch">
        <input
          type="checkbox"
          checked={wanted}
          data-testid="single-keys"
          onChange={(event) => switchTo(event.target.checked)}
        />
        <span>
          {t('shortcuts.single')}
          <span className="switch-detail">{t('shortcuts.singleHelp')}</span>
        </span>
      </label>
      <dl className="shortcuts">
        {KEYS.map(([key, what]) => (
          <div key={key} className="shortcut" data-off={key !== 'Esc' && !wanted}>
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
