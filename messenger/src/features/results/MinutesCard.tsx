import type { MinutesBlock } from '@palabre/protocol';
import { ListChecks } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/use-locale.ts';
import { formatClock, formatDuration, formatNames } from '../../i18n/format.ts';
import { CardHead } from './CardHead.tsx';

/** Minutes: who was there, and sentences of the meeting; says plainly how they were made. */
export function MinutesCard(props: { readonly block: MinutesBlock }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { block } = props;
  const origin =
    block.method === 'extractive'
      ? t('results.extractive')
      : block.model === undefined
        ? t('results.byModelUnknown')
        : t('results.byModel', { model: block.model });
  return (
    <section className="card card-wide" data-testid="result-minutes">
      <CardHead
        icon={<ListChecks size={18} />}
        title={t('results.minutes')}
        detail={formatDuration(block.duration_ms, locale)}
      />
      <p className="card-text card-muted">
        {t('results.participants', {
          count: block.participants.length,
          names: formatNames(
            block.participants.map((person) => person.name),
            locale,
          ),
        })}
      </p>
      {block.extract.length === 0 ? (
        <p className="card-text card-muted">{t('results.noExtract')}</p>
      ) : (
        <ul className="minutes">
          {block.extract.map((line) => (
            <li key={`${line.start_ms}-${line.user_id}`}>
              <p>{line.text}</p>
              <small className="numbers">
                {line.name} · {formatClock(line.start_ms)}
              </small>
            </li>
          ))}
        </ul>
      )}
      <p className="card-origin">{origin}</p>
    </section>
  );
}
