import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from './use-locale.ts';

/** Captions of a player; while it plays they may change, because somebody corrects them. */
export function CaptionTrack(props: { readonly vtt: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { vtt } = props;
  const element = useRef<HTMLTrackElement>(null);
  const [shown, setShown] = useState<{ readonly url: string; readonly on: boolean }>();
  useEffect(() => {
    const url = URL.createObjectURL(new Blob([vtt], { type: 'text/vtt' }));
    // Whoever has switched captions off does not want them back.
    setShown({ url, on: element.current?.track.mode !== 'disabled' });
    return () => URL.revokeObjectURL(url);
  }, [vtt]);
  if (shown === undefined) return null;
  // Another element for each: browsers do not load a track anew that is switched off.
  return (
    <track
      key={shown.url}
      ref={element}
      kind="captions"
      src={shown.url}
      srcLang={locale}
      label={t('results.captions')}
      default={shown.on}
    />
  );
}
