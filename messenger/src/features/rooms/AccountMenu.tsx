import { LogOut, ShieldAlert, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton, Dialog as AriaDialog, DialogTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { LANGUAGES } from '../../i18n/index.ts';
import { preferences } from '../../store/slices.ts';
import type { Language, ThemeChoice } from '../../store/slices.ts';
import { useAppDispatch, useAppSelector } from '../../store/store.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { SignOutDialog } from '../sign-in/SignOutDialog.tsx';
import '../../ui/menu.css';
import './account-menu.css';

const THEMES = { system: 'account.themeSystem', light: 'account.themeLight', dark: 'account.themeDark' } as const;

/** Who is signed in, how it looks, in which language, and the way out. */
export function AccountMenu() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const { encryption } = useAccount();
  const me = useAppSelector((state) => state.session.me);
  const phase = useAppSelector((state) => state.session.encryption);
  const chosen = useAppSelector((state) => state.preferences);
  const [leaving, setLeaving] = useState(false);
  if (me === undefined) return null;
  const proven = phase === 'ready' || phase === 'save-key';
  return (
    <>
      <DialogTrigger>
        <AriaButton className="icon-button" aria-label={t('account.menu')} data-testid="account-menu">
          <Avatar id={me.userId} name={me.name} mxc={me.avatarMxc} size="m" />
        </AriaButton>
        <Popover className="menu-popover" placement="bottom end">
          <AriaDialog aria-label={t('account.menu')}>
            {({ close }) => (
              <>
                <div className="settings-me">
                  <Avatar id={me.userId} name={me.name} mxc={me.avatarMxc} />
                  <span>
                    <strong>{me.name}</strong>
                    <small>{me.userId}</small>
                  </span>
                </div>
                <div className="settings-group">
                  <span className="settings-title">{t('account.theme')}</span>
                  <div className="segments" role="group" aria-label={t('account.theme')}>
                    {(Object.keys(THEMES) as ThemeChoice[]).map((theme) => (
                      <button
                        key={theme}
                        type="button"
                        aria-pressed={chosen.theme === theme}
                        onClick={() => dispatch(preferences.actions.themeChosen(theme))}
                      >
                        {t(THEMES[theme])}
                      </button>
                    ))}
                  </div>
                </div>
                <div className="settings-group">
                  <span className="settings-title">{t('account.language')}</span>
                  <div className="segments" role="group" aria-label={t('account.language')}>
                    {(Object.keys(LANGUAGES) as Language[]).map((language) => (
                      <button
                        key={language}
                        type="button"
                        lang={language}
                        aria-pressed={chosen.language === language}
                        onClick={() => dispatch(preferences.actions.languageChosen(language))}
                      >
                        {LANGUAGES[language]}
                      </button>
                    ))}
                  </div>
                </div>
                {phase !== 'checking' && (
                  <div className="settings-device" data-proven={proven}>
                    {proven ? (
                      <ShieldCheck size={16} aria-hidden="true" />
                    ) : (
                      <ShieldAlert size={16} aria-hidden="true" />
                    )}
                    <span className="grow">{proven ? t('account.deviceProven') : t('account.deviceLimited')}</span>
                    {!proven && (
                      <Button
                        small
                        onPress={() => {
                          close();
                          encryption.askAgain();
                        }}
                      >
                        {t('room.enterKey')}
                      </Button>
                    )}
                  </div>
                )}
                <div className="settings-end">
                  <Button
                    tone="quiet"
                    icon={<LogOut size={18} />}
                    data-testid="sign-out"
                    onPress={() => {
                      close();
                      setLeaving(true);
                    }}
                  >
                    {t('account.signOut')}
                  </Button>
                </div>
              </>
            )}
          </AriaDialog>
        </Popover>
      </DialogTrigger>
      {leaving && <SignOutDialog onClose={() => setLeaving(false)} />}
    </>
  );
}
