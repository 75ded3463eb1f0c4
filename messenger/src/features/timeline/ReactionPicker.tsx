import { useState } from 'react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, DialogTrigger, Popover } from 'react-aria-components';
import { IconButton } from '../../ui/Button.tsx';
import '../../ui/menu.css';

const SYMBOLS = ['👍', '❤️', '😄', '🎉', '👀', '✅', '🙏', '🤔'];

/** A few symbols to answer with. */
export function ReactionPicker(props: {
  readonly label: string;
  readonly icon: ReactNode;
  readonly onOpenChange: (open: boolean) => void;
  readonly onPick: (symbol: string) => void;
}) {
  const [open, setOpen] = useState(false);
  const change = (next: boolean): void => {
    setOpen(next);
    props.onOpenChange(next);
  };
  return (
    <DialogTrigger isOpen={open} onOpenChange={change}>
      <IconButton label={props.label} icon={props.icon} />
      <Popover className="menu-popover symbol-popover" placement="top end">
        <AriaDialog aria-label={props.label} className="symbols">
          {SYMBOLS.map((symbol) => (
            <button
              key={symbol}
              type="button"
              onClick={() => {
                change(false);
                props.onPick(symbol);
              }}
            >
              {symbol}
            </button>
          ))}
        </AriaDialog>
      </Popover>
    </DialogTrigger>
  );
}
