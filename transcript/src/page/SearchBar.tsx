import { ChevronDown, ChevronUp, LocateFixed, Search, X } from 'lucide-react';
import { Button as AriaButton, Input, SearchField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useSurroundings } from './surroundings.ts';

/** Looks for words: how often they stand there, and the way from one to the next. */
export function SearchBar(props: {
  readonly query: string;
  readonly count: number;
  readonly index: number;
  readonly onQuery: (query: string) => void;
  readonly onStep: (step: 1 | -1) => void;
  /** Back to the line that is being played; undefined where the page does so already. */
  readonly follow: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  const { Button, IconButton } = useSurroundings().parts;
  const { query, count, index } = props;
  const searching = query.trim() !== '';
  return (
    <div className="transcript-search" role="search">
      <SearchField
        className="search-field"
        aria-label={t('transcript.search')}
        value={query}
        onChange={props.onQuery}
        onSubmit={() => props.onStep(1)}
      >
        <Search size={16} aria-hidden="true" />
        <Input
          className="search-input"
          placeholder={t('transcript.search')}
          data-testid="transcript-search"
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !event.shiftKey) return;
            event.preventDefault();
            props.onStep(-1);
          }}
        />
        <AriaButton className="search-clear">
          <X size={16} aria-hidden="true" />
        </AriaButton>
      </SearchField>
      <span className="search-count numbers" role="status" data-testid="transcript-hits">
        {searching && (count === 0 ? t('transcript.noHits') : t('transcript.hitOf', { index: index + 1, count }))}
      </span>
      {searching && count > 0 && (
        <>
          <IconButton
            label={t('transcript.previousHit')}
            icon={<ChevronUp size={18} />}
            onPress={() => props.onStep(-1)}
          />
          <IconButton
            label={t('transcript.nextHit')}
            icon={<ChevronDown size={18} />}
            data-testid="transcript-next-hit"
            onPress={() => props.onStep(1)}
          />
        </>
      )}
      {props.follow !== undefined && (
        <Button small tone="quiet" icon={<LocateFixed size={16} />} onPress={props.follow}>
          {t('transcript.follow')}
        </Button>
      )}
    </div>
  );
}
