import { ALargeSmall, ChevronDown, MessageCircle, PanelBottom } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { captionsLookChosen, useAppDispatch, useAppSelector, type CaptionsLook } from '../../store/index.ts';
import { rememberCaptionsLook, SPOKEN_LANGUAGES } from './preferences.ts';

function Choice<Value extends string>(props: {
  readonly icon: ReactNode;
  readonly label: string;
  readonly value: Value;
  readonly choices: readonly { readonly value: Value; readonly text: string; readonly lang?: string }[];
  readonly onChoose: (value: Value) => void;
  readonly testId: string;
}) {
  const id = useId();
  return (
    <div className="device">
      <label htmlFor={id} className="device-label">
        {props.icon}
        {props.label}
      </label>
      <span className="device-field">
        <select
          id={id}
          className="device-select"
          value={props.value}
          data-testid={props.testId}
          onChange={({ target }) => {
            const chosen = props.choices.find(({ value }) => value === target.value);
            if (chosen !== undefined) props.onChoose(chosen.value);
          }}
        >
          {props.choices.map(({ value, text, lang }) => (
            <option key={value} value={value} lang={lang}>
              {text}
            </option>
          ))}
        </select>
        <ChevronDown size={18} aria-hidden="true" />
      </span>
    </div>
  );
}

function nameOfLanguage(code: string): string {
  const name = new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

const AUTOMATIC = 'auto';

/** How captions look for this person, and which language they speak for everybody else's. */
export default function CaptionsSettings() {
  const { t } = useTranslation();
  const call = useCall();
  const dispatch = useAppDispatch();
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
      <Choice
        icon={<PanelBottom size={16} aria-hidden="true" />}
        label={t('captions.place')}
        value={look.place}
        choices={(['over', 'below'] as const).map((value) => ({ value, text: t(`captions.${value}`) }))}
        onChoose={(place) => choose({ place })}
        testId="captions-place"
      />
      <Choice
        icon={<MessageCircle size={16} aria-hidden="true" />}
        label={t('captions.speaks')}
        value={speaks ?? AUTOMATIC}
        choices={[
          { value: AUTOMATIC, text: t('captions.automatic') },
          ...SPOKEN_LANGUAGES.map((value) => ({ value, text: nameOfLanguage(value), lang: value })),
        ]}
        onChoose={(value: string) => call.captions.speak(value === AUTOMATIC ? undefined : value)}
        testId="captions-speaks"
      />
    </div>
  );
}
