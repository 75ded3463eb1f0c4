import { CircleOff, X } from 'lucide-react';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsentPurpose } from '@palabre/protocol';
import { useCall } from '../../call-context.ts';
import {
  panelToggled,
  selectAsked,
  selectIsAhead,
  selectKeptNow,
  useAppDispatch,
  useAppSelector,
} from '../../store/index.ts';
import { SMALL_CALL, useMediaQuery } from '../../ui/media-query.ts';
import { KeptIcon } from './kept-icon.tsx';
import { aboutOf } from './words.ts';

const KNOWN_FAILURES = ['NETWORK', 'NO_EFFECT', 'STILL_KEPT', 'PALABRE_WRONG_STATE', 'M_LIMIT_EXCEEDED'] as const;

/** An answer did not get through: it does not count, and the person must know. */
function FailureNotice({ failure }: { failure: string }) {
  const { t } = useTranslation();
  const call = useCall();
  const known = KNOWN_FAILURES.find((code) => code === failure);
  return (
    <div className="notice notice-trouble" data-testid="notice">
      <CircleOff size={20} aria-hidden="true" />
      <p>{known === undefined ? t('consent.failed.OTHER', { code: failure }) : t(`consent.failed.${known}`)}</p>
      <button
        type="button"
        className="icon-button notice-close"
        aria-label={t('dismiss')}
        title={t('dismiss')}
        onClick={() => call.consent.dismissFailure()}
      >
        <X size={18} aria-hidden="true" />
      </button>
    </div>
  );
}

/** How long an answer is confirmed. It stands in the list of people afterwards. */
const CONFIRMED_MS = 12_000;

/** Calls `onOver` after a while in which nobody points at the element or has the focus in it. */
function useLeaving(element: RefObject<HTMLElement | null>, onOver: (() => void) | undefined): void {
  const over = useRef(onOver);
  useEffect(() => {
    over.current = onOver;
  });
  const leaves = onOver !== undefined;
  useEffect(() => {
    if (!leaves) return undefined;
    const timer = setInterval(() => {
      if (element.current?.matches(':hover, :focus-within') !== true) over.current?.();
    }, CONFIRMED_MS);
    return () => clearInterval(timer);
  }, [element, leaves]);
}

function Standing(props: {
  readonly kind: 'now' | 'in' | 'out';
  readonly about: ConsentPurpose | 'both';
  /** It only begins. */
  readonly ahead: boolean;
  readonly onRead: () => void;
}) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const { kind, about, ahead, onRead } = props;
  const box = useRef<HTMLDivElement>(null);
  const small = useMediaQuery(SMALL_CALL);
  const wasAsked = kind !== 'now';
  const text = t(ahead && kind !== 'out' ? `consent.${kind}Ahead.${about}` : `consent.${kind}.${about}`);
  useLeaving(box, wasAsked ? onRead : undefined);
  return (
    <div className="notice notice-plain" ref={box} data-testid="consent-notice" data-kind={kind}>
      <KeptIcon about={about} kept={kind !== 'out'} size={20} />
      <p title={text}>{text}</p>
      {/* A small call has no room for the list of people, where it is changed. */}
      {wasAsked && !small && (
        <button type="button" className="button" onClick={() => dispatch(panelToggled('people'))}>
          {t('consent.change')}
        </button>
      )}
      <button
        type="button"
        className="icon-button notice-close"
        aria-label={t('dismiss')}
        title={t('dismiss')}
        onClick={onRead}
      >
        <X size={18} aria-hidden="true" />
      </button>
    </div>
  );
}

/** What is kept and how this person stands: an announcement until it is read, an answer for a moment. */
export function ConsentNotice() {
  const { level, answers, failure } = useAppSelector((state) => state.consent);
  // Of what is paused the top of the call tells.
  const working = useAppSelector(selectKeptNow);
  const ahead = useAppSelector((state) => selectIsAhead(state, working));
  const asked = useAppSelector(selectAsked);
  const panel = useAppSelector((state) => state.screen.panel);
  const [read, setRead] = useState('');
  // Whatever begins later is news.
  if (working.length === 0 && read !== '') setRead('');
  if (failure !== undefined) return <FailureNotice failure={failure} />;
  if (level === 'off' || working.length === 0 || asked.length > 0) return null;

  const refused = working.filter((purpose) => answers[purpose] === 'no');
  const about = aboutOf(level === 'ask' && refused.length > 0 ? refused : working);
  const kind = level === 'announce' ? 'now' : refused.length > 0 ? 'out' : 'in';
  const id = `${kind} ${about} ${working.join()}`;
  // The list of people says it, too, with the way to change it.
  if (read === id || (kind !== 'now' && panel === 'people')) return null;
  return <Standing key={id} kind={kind} about={about} ahead={ahead} onRead={() => setRead(id)} />;
}
