import { useTranslation } from 'react-i18next';
import { serverOf } from '@palabre/protocol';
import { useCall } from '../../call-context.ts';
import type { WaitingPerson } from '../../call/index.ts';
import { useAppSelector } from '../../store/index.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { useKeptFocus } from '../../ui/focus.ts';

function WaitingRow({ person, deciding }: { person: WaitingPerson; deciding: boolean }) {
  const { t } = useTranslation();
  const { lobby } = useCall().meeting;
  // Not `disabled`, which would take the keyboard from it.
  const decide = (decision: 'admit' | 'turn_away'): void => {
    if (!deciding) void lobby.decide([person.userId], decision);
  };
  return (
    <li className="person waiting-person" data-testid="waiting-person" data-user-id={person.userId}>
      <Avatar userId={person.userId} name={person.name} size="small" />
      <span className="person-names" title={person.userId}>
        <span className="person-name">{person.name}</span>
        <span className="person-detail">{t('people.from', { server: serverOf(person.userId) })}</span>
      </span>
      <span className="waiting-actions">
        <button
          type="button"
          className="button"
          data-testid="turn-away"
          aria-label={t('waiting.turnAwayName', { name: person.name })}
          aria-disabled={deciding}
          onClick={() => decide('turn_away')}
        >
          {t('waiting.turnAway')}
        </button>
        <button
          type="button"
          className="button button-primary"
          data-testid="admit"
          aria-label={t('waiting.admitName', { name: person.name })}
          aria-disabled={deciding}
          onClick={() => decide('admit')}
        >
          {t('waiting.admit')}
        </button>
      </span>
    </li>
  );
}

/** Who waits to be let in, for those who may let them in. */
export function WaitingList() {
  const { t } = useTranslation();
  const { lobby } = useCall().meeting;
  const { people, deciding } = useAppSelector((state) => state.meeting.lobby);
  const keptFocus = useKeptFocus();
  if (people.length === 0) return null;
  const admitAll = (): void => {
    if (deciding.length > 0) return;
    void lobby.decide(
      people.map(({ userId }) => userId),
      'admit',
    );
  };
  return (
    <section className="waiting-list" aria-labelledby="waiting-title" data-testid="waiting-list" {...keptFocus}>
      <div className="waiting-head">
        <h3 id="waiting-title" className="waiting-title">
          {t('waiting.list', { count: people.length })}
        </h3>
        {people.length > 1 && (
          <button
            type="button"
            className="button"
            data-testid="admit-all"
            aria-disabled={deciding.length > 0}
            onClick={admitAll}
          >
            {t('waiting.admitAll')}
          </button>
        )}
      </div>
      <ul className="waiting-people">
        {people.map((person) => (
          <WaitingRow key={person.userId} person={person} deciding={deciding.includes(person.userId)} />
        ))}
      </ul>
    </section>
  );
}
