import type { TranscriptBlock } from '@palabre/protocol';
import { useTranslation } from 'react-i18next';

/** What a transcript comes from: each engine, where it runs and who operates it; of older transcripts the model alone. */
export function useOrigin({ model: mostly, provenance }: Pick<TranscriptBlock, 'model' | 'provenance'>): string {
  const { t } = useTranslation();
  const engines = provenance?.map(({ model, place, operator }) => {
    const isHere = place === 'loopback';
    const unnamed = isHere ? [] : [t('results.engine.unnamed')];
    return [
      t('results.engine.model', { model }),
      isHere ? t('results.engine.here') : t('results.engine.at', { place }),
      ...(operator === undefined ? unnamed : [t('results.engine.operator', { operator })]),
    ].join(', ');
  });
  return t('results.origin', {
    engines: engines?.join(t('results.engine.between')) ?? t('results.engine.model', { model: mostly }),
  });
}
