import { Check as Tick } from 'lucide-react';
import type { ReactNode } from 'react';
import './check.css';

/** A box to tick, with the whole frame to press. */
export function Check(props: {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly title: ReactNode;
  readonly help?: ReactNode;
  readonly testId?: string;
}) {
  return (
    <label className="check" data-selected={props.checked || undefined} data-testid={props.testId}>
      <input type="checkbox" checked={props.checked} onChange={(event) => props.onChange(event.target.checked)} />
      <span className="check-box" aria-hidden="true">
        <Tick size={14} strokeWidth={3} />
      </span>
      <span className="check-text">
        <span>{props.title}</span>
        {props.help !== undefined && <small>{props.help}</small>}
      </span>
    </label>
  );
}
