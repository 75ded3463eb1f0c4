import { useLocale } from '@palabre/transcript';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { selectHands, selectMayLowerHands, useAppSelector } from '../../store/index.ts';
import { useKeptFocus } from '../../ui/focus.ts';
import './raised-hands.css';

/** Whose hands are up, in which order and since when. One's own can be lowered here; moderators may lower all of them. */
export function RaisedHands() {
  const { t } = useTranslation();
  const locale = useLocale();
  const call = useCall();
  const hands = useAppSelector(selectHands);
  const mayLower = useAppSelector(selectMayLowerHands);
  const keptFocus = useKeptFocus();
  if (hands.length === 0) return null;
  const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  return (
    <section className="hands" aria-labelledby="hands-title" {...keptFocus}>
      <h3 id="hands-title" className="hands-title">
        {t('hands.title')}
      </h3>
      <ol className="hands-list">
        {hands.map(({ person, eventId, raisedMs }, index) => (
          <li key={person.id} className="hands-item" data-testid="raised-hand" data-user-id={person.userId}>
            <span className="hands-place" aria-hidden="true">
              {index + 1}
            </span>
            <span className="person-names">
              <span className="person-name">{person.self ? t('youName', { name: person.name }) : person.name}</span>
              <time className="person-detail" dateTime={new Date(raisedMs).toISOString()}>
                {t('hands.since', { time: clock.format(raisedMs) })}
              </time>
            </span>
            {(person.self || mayLower) && (
              <button
                type="button"
                className="button hands-lower"
                aria-label={person.self ? t('hands.lowerOwn') : t('hands.lowerOf', { name: person.name })}
                onClick={() => void (person.self ? call.reactions.toggleHand() : call.reactions.lowerHand(eventId))}
              >
                {t('hands.lower')}
              </button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
