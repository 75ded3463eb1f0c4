import { ALargeSmall, MessageCircle, PanelBottom } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { captionsLookChosen, useAppDispatch, useAppSelector, type CaptionsLook } from '../../store/index.ts';
import { Choice } from '../../ui/choice.tsx';
import { NARROW_BAR, useMediaQuery } from '../../ui/media-query.ts';
import { rememberCaptionsLook, SPOKEN_LANGUAGES } from './preferences.ts';

function nameOfLanguage(code: string): string {
  const name = new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

const AUTOMATIC = 'auto';

/** How captions look for this person, and which language they speak for every text of what they say. */
export default function CaptionsSettings() {
  const { t } = useTranslation();
  const call = useCall();
  const dispatch = useAppDispatch();
  const isPhone = useMediaQuery(NARROW_BAR);
  const { look, speaks } = useAppSelector((state) => state.captions);
  const choose = (change: Partial<CaptionsLook>): void => {
    dispatch(captionsLookChosen(change));
    rememberCaptionsLook({ ...look, ...change });
  };
  return (
    <div className="dialog-section">
      <h3 className="dialog-subtitle">{t('captions.title')}</h3>
      <Choice
        icon={<ALargeSmall size={16} aria-hidden="true" />}
        label={t('captions.size')}
        value={look.size}
        choices={(['small', 'medium', 'large'] as const).map((value) => ({ value, text: t(`captions.${value}`) }))}
        onChoose={(size) => choose({ size })}
        testId="captions-size"
      />
      {!isPhone && (
        <Choice
          icon={<PanelBottom size={16} aria-hidden="true" />}
          label={t('captions.place')}
          value={look.place}
          choices={(['over', 'below'] as const).map((value) => ({ value, text: t(`captions.${value}`) }))}
          onChoose={(place) => choose({ place })}
          testId="captions-place"
        />
      )}
      <Choice
        icon={<MessageCircle size={16} aria-hidden="true" />}
        label={t('captions.speaks')}
        value={speaks ?? AUTOMATIC}
        choices={[
          { value: AUTOMATIC, text: t('captions.automatic') },
          ...SPOKEN_LANGUAGES.map((value) => ({ value, text: nameOfLanguage(value), lang: value })),
        ]}
        onChoose={(value: string) => call.captions.speak(value === AUTOMATIC ? undefined : value)}
        help={t('captions.speaksHelp')}
        testId="captions-speaks"
      />
    </div>
  );
}
