import { useTranslation } from 'react-i18next';
import { useSurroundings } from './surroundings.ts';
import type { FilmCaptions } from './use-playable.ts';

/** Why nothing plays from here although there is a film. */
export function Unplayable(props: { readonly captions: Pick<FilmCaptions, 'trouble' | 'retrying' | 'retry'> }) {
  const { t } = useTranslation();
  const { Button, Warning } = useSurroundings().parts;
  const { trouble, retrying, retry } = props.captions;
  if (trouble === undefined) return null;
  if (trouble === 'missing') return <Warning action={null}>{t('transcript.captionsMissing')}</Warning>;
  return (
    <Warning
      action={
        <Button small isPending={retrying} onPress={retry} data-testid="captions-retry">
          {t(retrying ? 'common.loading' : 'common.retry')}
        </Button>
      }
    >
      {t('transcript.captionsFailed')}
    </Warning>
  );
}
