import { ChevronDown } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import './choice.css';

/** One of several values, chosen from a list under its label. */
export function Choice<Value extends string>(props: {
  readonly icon: ReactNode;
  readonly label: string;
  readonly value: Value;
  readonly choices: readonly { readonly value: Value; readonly text: string; readonly lang?: string }[];
  readonly onChoose: (value: Value) => void;
  /** What the choice does, where its label does not say all of it. */
  readonly help?: string;
  readonly testId?: string;
  readonly disabled?: boolean;
}) {
  const id = useId();
  return (
    <div className="choice">
      <label htmlFor={id} className="choice-label">
        {props.icon}
        {props.label}
      </label>
      <span className="choice-field">
        <select
          id={id}
          className="choice-select"
          value={props.value}
          aria-describedby={props.help === undefined ? undefined : `${id}-help`}
          disabled={props.disabled}
          data-testid={props.testId}
          onChange={({ target }) => {
            const chosen = props.choices.find(({ value }) => value === target.value);
            if (chosen !== undefined) props.onChoose(chosen.value);
          }}
        >
          {props.choices.map(({ value, text, lang }) => (
            <option key={value} value={value} lang={lang}>
              {text}
            </option>
          ))}
        </select>
        <ChevronDown size={18} aria-hidden="true" />
      </span>
      {props.help !== undefined && (
        <p id={`${id}-help`} className="choice-help">
          {props.help}
        </p>
      )}
    </div>
  );
}
