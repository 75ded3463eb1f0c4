import type { Gap } from '@palabre/protocol';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { formatClock } from './format.ts';
import './gaps.css';

/** What is missing, from when to when, and why. */
export function Gaps(props: { readonly gaps: readonly Gap[]; readonly leftOut: number | undefined }) {
  const { t } = useTranslation();
  const { gaps, leftOut = 0 } = props;
  if (gaps.length === 0) return null;
  return (
    <div className="card-gaps">
      <TriangleAlert size={16} aria-hidden="true" />
      <div>
        <p>{t('results.gaps', { count: gaps.length + leftOut })}</p>
        <ul className="numbers">
          {gaps.map((gap) => (
            <li key={`${gap.start_ms}-${gap.end_ms}-${gap.reason}-${gap.user_id ?? ''}`}>
              {t(gap.name === undefined ? 'results.gap' : 'results.gapOf', {
                from: formatClock(gap.start_ms),
                to: formatClock(gap.end_ms),
                name: gap.name ?? '',
                reason: t(`results.gapReason.${gap.reason}`),
              })}
            </li>
          ))}
        </ul>
        {leftOut > 0 && <p>{t('results.moreGaps', { count: leftOut })}</p>}
      </div>
    </div>
  );
}
