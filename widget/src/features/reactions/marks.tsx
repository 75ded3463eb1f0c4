import { Hand } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { selectHands, useAppSelector } from '../../store/index.ts';
import './marks.css';

/** A raised hand in a fixed corner of the tile, with its place in the queue when there is one. */
export function HandMark({ personId }: { personId: string }) {
  const { t } = useTranslation();
  const place = useAppSelector((state) => selectHands(state).findIndex(({ person }) => person.id === personId));
  const several = useAppSelector((state) => selectHands(state).length > 1);
  if (place < 0) return null;
  const text = several ? t('hands.order', { number: place + 1 }) : t('hands.raised');
  return (
    <span className="tile-hand" title={text} data-testid="hand">
      <Hand size={16} aria-hidden="true" />
      {several && <span aria-hidden="true">{place + 1}</span>}
      <span className="visually-hidden">{text}</span>
    </span>
  );
}

/** An emoji that floats over the picture for a moment. Screen readers hear of it from the announcements. */
export function Floating({ personId }: { personId: string }) {
  const emoji = useAppSelector((state) => state.reactions.emojis.find((item) => item.personId === personId));
  if (emoji === undefined) return null;
  return (
    <span key={emoji.id} className="tile-emoji" aria-hidden="true" data-testid="emoji">
      {emoji.emoji}
    </span>
  );
}
