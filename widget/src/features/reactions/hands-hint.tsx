import { Hand } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { panelToggled, selectHands, useAppDispatch, useAppSelector } from '../../store/index.ts';
import { useKeptFocus } from '../../ui/focus.ts';
import './hands-hint.css';

/** How many hands are up; opens the list that says whose, in which order. */
export function HandsHint() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const hands = useAppSelector(selectHands);
  const listed = useAppSelector((state) => state.screen.panel === 'people');
  const keptFocus = useKeptFocus();
  if (hands.length === 0) return null;
  const text = t('hands.count', { count: hands.length });
  return (
    <button
      type="button"
      className="hands-hint"
      title={hands.map(({ person }) => person.name).join(', ')}
      {...keptFocus}
      aria-expanded={listed}
      data-testid="hands-hint"
      onClick={() => {
        if (!listed) dispatch(panelToggled('people'));
      }}
    >
      <Hand size={15} aria-hidden="true" />
      <span aria-hidden="true" className="hands-hint-count">
        {hands.length}
      </span>
      <span className="hands-hint-text">{text}</span>
    </button>
  );
}
