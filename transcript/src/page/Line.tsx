import type { CorrectedLine } from '@palabre/protocol';
import { History, Pencil } from 'lucide-react';
import { memo, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { correctors } from './entries.ts';
import { formatClock, formatNames } from './format.ts';
import { piecesOf } from './search.ts';
import type { Hit } from './search.ts';
import { SpeakerName } from './SpeakerName.tsx';
import { Unheard } from './Unheard.tsx';
import { useSurroundings, useTranscriptRoom } from './surroundings.ts';
import { useLocale } from './use-locale.ts';
import './line.css';

/** Where in the element's text the pointer is; undefined where the browser cannot tell. */
function offsetAt({ currentTarget, clientX, clientY }: MouseEvent): number | undefined {
  if (!('caretPositionFromPoint' in document)) return undefined;
  const caret = document.caretPositionFromPoint(clientX, clientY);
  if (caret === null || !currentTarget.contains(caret.offsetNode)) return undefined;
  const range = document.createRange();
  range.setStart(currentTarget, 0);
  range.setEnd(caret.offsetNode, caret.offset);
  return range.toString().length;
}

/** One line: when, who, what; found words marked, with the ways to hear it, to correct it and to see its former versions. */
export const Line = memo(function Line(props: {
  readonly index: number;
  readonly corrected: CorrectedLine;
  /** Another speaker begins here. */
  readonly speaks: boolean;
  readonly playing: boolean;
  readonly hits: readonly Hit[];
  /** The one that is looked at. */
  readonly hit: Hit | undefined;
  readonly canPlay: boolean;
  /** Its film lets only others be heard. */
  readonly unheard: boolean;
  /** @param offset of the word that is to be heard first, in the text as it is shown; from the beginning without */
  readonly onPlay: (corrected: CorrectedLine, offset?: number) => void;
  readonly mayCorrect: boolean;
  readonly onCorrect: (index: number) => void;
  readonly onVersions: (index: number) => void;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { nameOf } = useTranscriptRoom();
  const { IconButton } = useSurroundings().parts;
  const { corrected, index } = props;
  const { line, text, name } = corrected;
  const clock = formatClock(line.start_ms);
  const by = correctors(corrected);
  const byNames = formatNames(by.map(nameOf), locale);
  const time = <time className="numbers">{clock}</time>;
  return (
    <li
      className="line"
      tabIndex={-1}
      data-index={index}
      data-playing={props.playing}
      data-speaks={props.speaks}
      data-testid="transcript-line"
      aria-current={props.playing ? 'true' : undefined}
    >
      {props.canPlay ? (
        <button
          type="button"
          className="transcript-time"
          data-testid="transcript-play"
          aria-label={t('results.playFrom', { time: clock, name })}
          onClick={() => props.onPlay(corrected)}
        >
          {time}
        </button>
      ) : props.unheard ? (
        <Unheard time={time} />
      ) : (
        time
      )}
      <div className="line-main">
        {props.speaks && <SpeakerName corrected={corrected} />}
        <p
          className="line-text"
          data-plays={props.canPlay}
          onClick={(event) => {
            // Who marks words wants to copy them.
            if (props.canPlay && window.getSelection()?.isCollapsed !== false) props.onPlay(corrected, offsetAt(event));
          }}
        >
          {piecesOf(text, props.hits).map((piece) =>
            piece.hit === undefined ? (
              piece.text
            ) : (
              <mark key={piece.hit.start} data-current={piece.hit === props.hit}>
                {piece.text}
              </mark>
            ),
          )}
        </p>
        {by.length > 0 && (
          <button
            type="button"
            className="line-corrected"
            data-testid="transcript-corrected"
            aria-label={t('transcript.versionsOf', { time: clock, names: byNames })}
            onClick={() => props.onVersions(index)}
          >
            <History size={13} aria-hidden="true" />
            {t('transcript.corrected', { names: byNames })}
          </button>
        )}
      </div>
      {props.mayCorrect && (
        <div className="line-tools">
          <IconButton
            label={t('transcript.correctLine', { time: clock, name })}
            icon={<Pencil size={16} />}
            data-testid="transcript-correct"
            onPress={() => props.onCorrect(index)}
          />
        </div>
      )}
    </li>
  );
});
