import { useState } from 'react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, DialogTrigger, Popover } from 'react-aria-components';
import { IconButton } from '../../ui/Button.tsx';
import { drawn } from './drawn.ts';
import '../../ui/menu.css';

const SYMBOLS = ['👍', '❤️', '😄', '🎉', '👀', '✅', '🙏', '🤔'];

/** A symbol that the bots obey. */
export interface Sign {
  readonly symbol: string;
  readonly label: string;
  readonly onPick: () => void;
}

export interface PickerProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly onOpenChange: (open: boolean) => void;
  readonly onPick: (symbol: string) => void;
}

/** A few symbols to answer with; above them those that do something. */
export function ReactionPicker(props: PickerProps & { readonly signs?: readonly Sign[] }) {
  const { signs = [] } = props;
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
          {signs.length > 0 && (
            <ul className="signs">
              {signs.map(({ symbol, label, onPick }) => (
                <li key={symbol}>
                  <button
                    type="button"
                    data-testid="sign"
                    onClick={() => {
                      change(false);
                      onPick();
                    }}
                  >
                    <span aria-hidden="true">{drawn(symbol)}</span>
                    {label}
                  </button>
                </li>
              ))}
            </ul>
          )}
          <div className="symbol-row">
            {SYMBOLS.filter((symbol) => signs.every((sign) => sign.symbol !== symbol)).map((symbol) => (
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
          </div>
        </AriaDialog>
      </Popover>
    </DialogTrigger>
  );
}
