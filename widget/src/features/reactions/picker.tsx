import type { RefObject } from 'react';
import { Button, Dialog, Popover, Toolbar } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { REACTIONS } from '../../call/index.ts';
import { useAppSelector } from '../../store/index.ts';
import './picker.css';

/** A row of emoji above the bar. One is sent at a time: the next waits until the last is gone from the screens. */
export default function Picker(props: {
  readonly anchor: RefObject<HTMLElement | null>;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const call = useCall();
  const reacting = useAppSelector((state) => state.reactions.reacting);
  return (
    <Popover
      className="reaction-popover"
      triggerRef={props.anchor}
      placement="top"
      offset={8}
      isOpen
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
    >
      <Dialog className="reaction-dialog" aria-label={t('reaction.choose')}>
        <Toolbar className="reaction-choices" aria-label={t('reaction.choose')}>
          {REACTIONS.map((reaction, index) => (
            <Button
              key={reaction.name}
              className="reaction-choice"
              aria-label={t(`reaction.${reaction.name}`)}
              autoFocus={index === 0}
              isDisabled={reacting}
              data-testid={`reaction-${reaction.name}`}
              onPress={() => {
                void call.reactions.react(reaction);
                props.onClose();
              }}
            >
              {reaction.emoji}
            </Button>
          ))}
        </Toolbar>
      </Dialog>
    </Popover>
  );
}
