import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import type { ReactNode, SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Attachment } from '../documents/index.ts';
import { CaptionTrack } from './CaptionTrack.tsx';
import { formatBytes } from './format.ts';
import { useSurroundings } from './surroundings.ts';
import { useLocale } from './use-locale.ts';
import './player.css';

type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading'; readonly loadedBytes: number; readonly totalBytes: number | undefined }
  | { readonly kind: 'playing'; readonly url: string; readonly captions: string | undefined }
  | { readonly kind: 'failed' };

/** Film or sound, fetched (and decrypted) when somebody wants to see it, then played in place with captions when there are any. */
export function Player(props: {
  readonly attachment: Attachment;
  /** Text of the captions (WebVTT), fetched with the film; undefined when there are none. */
  readonly loadCaptions: ((signal: AbortSignal) => Promise<string>) | undefined;
  /** Captions as they are to be shown; another function where they are to read otherwise. */
  readonly correctCaptions?: ((vtt: string) => string) | undefined;
  readonly playLabel: string;
  readonly icon: ReactNode;
  readonly duration: string | undefined;
  /** Calls back with moments that somebody wants to see. @returns a function that ends it */
  readonly subscribeMoments?: ((show: (atMs: number) => void) => () => void) | undefined;
  /** Told again and again which moment is shown or heard. */
  readonly onMoment?: ((atMs: number) => void) | undefined;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const {
    media,
    parts: { Button },
  } = useSurroundings();
  const { attachment, loadCaptions, subscribeMoments } = props;
  const player = useRef<HTMLMediaElement>(null);
  const wantedMs = useRef<number>(undefined);
  const [phase, setPhase] = useState<Phase>({ kind: 'idle' });
  const [poster, setPoster] = useState<string>();
  const abort = useRef<AbortController>(undefined);
  const closings = useRef<(() => void)[]>([]);
  const { thumbnail } = attachment;

  useEffect(() => {
    if (thumbnail === undefined) return undefined;
    let gone = false;
    let made: string | undefined;
    media.load(thumbnail, 'image/jpeg').then(
      (blob) => {
        if (gone) return;
        made = URL.createObjectURL(blob);
        setPoster(made);
      },
      () => undefined,
    );
    return () => {
      gone = true;
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [media, thumbnail]);

  useEffect(
    () => () => {
      abort.current?.abort();
      for (const close of closings.current) close();
    },
    [],
  );

  const play = async (): Promise<void> => {
    const controller = new AbortController();
    abort.current = controller;
    setPhase({ kind: 'loading', loadedBytes: 0, totalBytes: attachment.sizeBytes });
    try {
      const [film, captions] = await Promise.all([
        media.play(attachment.source, attachment.mimeType, {
          signal: controller.signal,
          onProgress: ({ loadedBytes, totalBytes }) =>
            setPhase({ kind: 'loading', loadedBytes, totalBytes: totalBytes ?? attachment.sizeBytes }),
        }),
        // A film without its captions is still a film.
        loadCaptions?.(controller.signal).catch(() => undefined),
      ]);
      closings.current.push(() => film.close());
      setPhase({ kind: 'playing', url: film.url, captions });
    } catch (error) {
      if (controller.signal.aborted) return;
      console.error(error);
      setPhase({ kind: 'failed' });
    }
  };

  const seek = (element: HTMLMediaElement, atMs: number): void => {
    element.currentTime = atMs / 1000;
    element.scrollIntoView({ block: 'nearest' });
    // Browsers may want a click first; the controls are there.
    void element.play().catch(() => undefined);
  };

  const show = useEffectEvent((atMs: number) => {
    if (player.current !== null) {
      seek(player.current, atMs);
      return;
    }
    wantedMs.current = atMs;
    if (phase.kind !== 'loading') void play();
  });
  useEffect(() => subscribeMoments?.((atMs) => show(atMs)), [subscribeMoments]);

  const captions = phase.kind === 'playing' ? phase.captions : undefined;
  const { correctCaptions } = props;
  const shownCaptions = useMemo(
    () => (captions === undefined ? undefined : (correctCaptions?.(captions) ?? captions)),
    [captions, correctCaptions],
  );
  const ratio = { aspectRatio: `${attachment.width ?? 16} / ${attachment.height ?? 9}` };
  if (phase.kind === 'playing') {
    const common = {
      ref: (element: HTMLMediaElement | null) => {
        player.current = element;
      },
      src: phase.url,
      controls: true,
      autoPlay: true,
      onError: () => setPhase({ kind: 'failed' }),
      onTimeUpdate: ({ currentTarget }: SyntheticEvent<HTMLMediaElement>) =>
        props.onMoment?.(currentTarget.currentTime * 1000),
      onLoadedMetadata: ({ currentTarget }: SyntheticEvent<HTMLMediaElement>) => {
        if (wantedMs.current !== undefined) seek(currentTarget, wantedMs.current);
        wantedMs.current = undefined;
      },
    };
    return attachment.type === 'audio' ? (
      <audio className="player-audio" {...common} />
    ) : (
      <video className="player" poster={poster} playsInline style={ratio} {...common}>
        {shownCaptions !== undefined && <CaptionTrack vtt={shownCaptions} />}
      </video>
    );
  }
  return (
    <div className="player player-poster" style={attachment.type === 'audio' ? undefined : ratio}>
      {poster !== undefined && <img src={poster} alt="" />}
      {phase.kind === 'loading' ? (
        <div className="player-progress" role="status">
          <progress value={phase.loadedBytes} max={phase.totalBytes ?? undefined} aria-label={t('common.loading')} />
          <span className="numbers">
            {phase.totalBytes === undefined
              ? t('results.loadingMediaUnknown', { size: formatBytes(phase.loadedBytes, locale) })
              : t('results.loadingMedia', { percent: Math.floor((phase.loadedBytes / phase.totalBytes) * 100) })}
          </span>
          <Button
            small
            onPress={() => {
              abort.current?.abort();
              setPhase({ kind: 'idle' });
            }}
          >
            {t('common.cancel')}
          </Button>
        </div>
      ) : (
        <>
          <button type="button" className="player-play" aria-label={props.playLabel} onClick={() => void play()}>
            {props.icon}
          </button>
          {phase.kind === 'failed' && (
            <span className="player-note" role="alert">
              {t('results.mediaFailed')}
            </span>
          )}
          {phase.kind === 'idle' && props.duration !== undefined && (
            <span className="player-note numbers">{props.duration}</span>
          )}
        </>
      )}
    </div>
  );
}
