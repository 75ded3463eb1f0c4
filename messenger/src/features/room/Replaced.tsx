import { CornerUpRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { navigate } from '../../app/route.ts';
import type { RoomSummary } from '../../store/model.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';

const TEXTS = {
  idle: 'room.replaced',
  busy: 'room.replaced',
  refused: 'room.successorClosed',
  failed: 'common.somethingFailed',
} as const;

/** Says that the room was upgraded, and leads to the one that replaces it. */
export function Replaced({ successor }: { readonly successor: NonNullable<RoomSummary['successor']> }) {
  const { t } = useTranslation();
  const { actions } = useAccount();
  const [state, setState] = useState<keyof typeof TEXTS>('idle');
  const go = async (): Promise<void> => {
    setState('busy');
    try {
      const entered = await actions.enterSuccessor(successor);
      if (entered) navigate({ roomId: successor.roomId, panel: undefined });
      else setState('refused');
    } catch (error) {
      console.error(error);
      setState('failed');
    }
  };
  return (
    <Banner
      tone="warning"
      action={
        <Button
          small
          icon={<CornerUpRight size={16} />}
          busy={state === 'busy'}
          data-testid="successor-open"
          onPress={() => void go()}
        >
          {t('room.openSuccessor')}
        </Button>
      }
    >
      {t(TEXTS[state])}
    </Banner>
  );
}
