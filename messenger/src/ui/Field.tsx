import type { ReactNode } from 'react';
import { FieldError, Input, Label, Text, TextField } from 'react-aria-components';
import './field.css';

/** A labelled line of text with help below it, and an error in its place when there is one. */
export function Field(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'password';
  readonly autoComplete?: string;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
  readonly required?: boolean;
  readonly mono?: boolean;
  readonly testId?: string;
  readonly placeholder?: string;
  readonly autoFocus?: boolean;
}) {
  return (
    <TextField
      className="field"
      value={props.value}
      onChange={props.onChange}
      type={props.type ?? 'text'}
      isRequired={props.required ?? false}
      isInvalid={props.error !== undefined}
      validationBehavior="aria"
      autoFocus={props.autoFocus ?? false}
      {...(props.autoComplete === undefined ? {} : { autoComplete: props.autoComplete })}
    >
      <Label>{props.label}</Label>
      <Input
        className="input"
        data-mono={props.mono}
        data-testid={props.testId}
        {...(props.placeholder === undefined ? {} : { placeholder: props.placeholder })}
        spellCheck={false}
        autoCapitalize="none"
      />
      {props.error !== undefined && <FieldError className="field-error">{props.error}</FieldError>}
      {props.error === undefined && props.help !== undefined && (
        <Text slot="description" className="field-help">
          {props.help}
        </Text>
      )}
    </TextField>
  );
}
