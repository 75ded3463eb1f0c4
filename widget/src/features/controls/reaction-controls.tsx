import { Hand, SmilePlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { useAppSelector } from '../../store/index.ts';
import { Control } from './control.tsx';

/** Our own hand; absent where the messenger does not let us raise it. */
export function HandControl() {
  const { t } = useTranslation();
  const call = useCall();
  const { able, hand } = useAppSelector((state) => state.reactions);
  if (!able) return null;
  const up = hand === 'up';
  return (
    <Control
      icon={Hand}
      label={t('control.hand')}
      action={t(up ? 'control.handLower' : 'control.handRaise')}
      tone={up ? 'active' : 'plain'}
      busy={hand === 'changing'}
      shortcut="H"
      aria-pressed={up}
      data-testid="hand-toggle"
      onClick={() => void call.reactions.toggleHand()}
    />
  );
}

/** Opens the row of emoji. */
export function ReactControl({ open, onOpen }: { open: boolean; onOpen: () => void }) {
  const { t } = useTranslation();
  const able = useAppSelector((state) => state.reactions.able);
  if (!able) return null;
  return (
    <Control
      icon={SmilePlus}
      label={t('control.react')}
      action={t('control.reactLong')}
      aria-haspopup="dialog"
      aria-expanded={open}
      data-testid="react"
      onClick={onOpen}
    />
  );
}
