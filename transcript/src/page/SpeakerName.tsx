import type { CorrectedLine } from '@palabre/protocol';
import { useTranslation } from 'react-i18next';
import './line.css';

/** Who is said to have spoken; where somebody corrected that, whose microphone it was as well, which nobody can correct. */
export function SpeakerName(props: { readonly corrected: CorrectedLine }) {
  const { t } = useTranslation();
  const { line, name } = props.corrected;
  return (
    <strong className="line-name" title={line.user_id}>
      {name}
      {name !== line.name && (
        <small className="line-microphone"> {t('transcript.microphone', { name: line.name })}</small>
      )}
    </strong>
  );
}
