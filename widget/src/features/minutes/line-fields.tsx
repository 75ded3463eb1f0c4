import { formatClock } from '@palabre/protocol';
import { Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Line } from './form.ts';

/** One statement: its text, for an action who and when, and where it was said. */
export function LineFields(props: {
  readonly line: Line;
  readonly label: string;
  readonly isAction: boolean;
  readonly onChange: (part: Partial<Line>) => void;
  readonly onRemove: () => void;
}) {
  const { t } = useTranslation();
  const { line, label, onChange } = props;
  const moments = line.sources.map(({ name, start_ms: startMs }) => `${formatClock(startMs)} (${name})`).join(', ');
  return (
    <li className="minutes-line">
      <div className="minutes-line-text">
        <textarea
          rows={2}
          maxLength={1000}
          aria-label={label}
          autoFocus={line.from === null && line.text === ''}
          value={line.text}
          onChange={(event) => onChange({ text: event.target.value })}
        />
        <button
          type="button"
          className="icon-button"
          aria-label={t('minutes.remove', { what: label })}
          onClick={props.onRemove}
        >
          <Trash2 size={18} aria-hidden="true" />
        </button>
      </div>
      {props.isAction && (
        <div className="minutes-line-facts">
          <label>
            <span>{t('minutes.who')}</span>
            <input maxLength={200} value={line.who} onChange={(event) => onChange({ who: event.target.value })} />
          </label>
          <label>
            <span>{t('minutes.due')}</span>
            <input maxLength={200} value={line.due} onChange={(event) => onChange({ due: event.target.value })} />
          </label>
        </div>
      )}
      <p className="minutes-hint">{moments === '' ? t('minutes.added') : t('minutes.said', { moments })}</p>
    </li>
  );
}
