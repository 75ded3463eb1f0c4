import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** The time of a line that leads nowhere although there is a film of that time, and why. */
export function Unheard(props: { readonly time: ReactNode }) {
  const { t } = useTranslation();
  const why = t('transcript.unheard');
  return (
    <span className="line-unheard" title={why} data-testid="transcript-unheard">
      {props.time}
      <span className="visually-hidden"> {why}</span>
    </span>
  );
}
