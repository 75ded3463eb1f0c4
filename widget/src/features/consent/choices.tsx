import { type ConsentPurpose } from '@palabre/protocol';
import { useTranslation } from 'react-i18next';
import { useConsentText } from './words.ts';
import './consent.css';

/** One box for each purpose, with the words that ticking it agrees to. */
export function Choices(props: {
  readonly purposes: readonly ConsentPurpose[];
  readonly agreed: readonly ConsentPurpose[];
  readonly onChange: (purpose: ConsentPurpose, agreed: boolean) => void;
  readonly busy?: boolean;
}) {
  const { t } = useTranslation();
  const { text } = useConsentText();
  return (
    <>
      {props.purposes.map((purpose) => (
        <label key={purpose} className="switch">
          <input
            type="checkbox"
            checked={props.agreed.includes(purpose)}
            aria-disabled={props.busy === true}
            data-testid={`consent-${purpose}`}
            onChange={({ target }) => {
              if (props.busy !== true) props.onChange(purpose, target.checked);
            }}
          />
          <span>
            {t(`consent.me.${purpose}`)}
            <span className="switch-detail">{text[purpose]}</span>
          </span>
        </label>
      ))}
      <details className="consent-details">
        <summary>{t('consent.terms')}</summary>
        <p>{text.terms}</p>
      </details>
    </>
  );
}
