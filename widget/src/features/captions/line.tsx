import { useTranslation } from 'react-i18next';
import { speakerColourOf } from '../../ui/avatar.tsx';
import type { Turn } from './turns.ts';

/** One person's words on the stage: name in their colour, what may still change a little paler. */
export function SpokenLine({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  const name = turn.self ? t('you') : (turn.name ?? t('captions.somebody'));
  return (
    <p className="caption" data-testid="caption" data-user-id={turn.userId}>
      <span className="caption-name" style={{ color: speakerColourOf(turn.userId ?? '') }}>
        {name}
      </span>
      <span className="caption-words">
        <span>
          {turn.lines.map((line) => (
            <span key={line.id} className="caption-text" data-final={line.final} lang={line.language}>
              {`${line.text} `}
            </span>
          ))}
        </span>
      </span>
    </p>
  );
}
