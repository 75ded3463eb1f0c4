import type { ReactNode } from 'react';
import { Button as AriaButton, Tooltip, TooltipTrigger } from 'react-aria-components';
import type { ButtonProps } from 'react-aria-components';
import './button.css';

type Tone = 'primary' | 'plain' | 'quiet' | 'danger';

interface Props extends Omit<ButtonProps, 'className' | 'style' | 'children'> {
  readonly tone?: Tone;
  readonly small?: boolean;
  readonly busy?: boolean;
  readonly icon?: ReactNode;
  readonly children: ReactNode;
  readonly 'data-testid'?: string | undefined;
}

/** A button with words. While busy it keeps its width and cannot be pressed again. */
export function Button({
  tone = 'plain',
  small = false,
  busy = false,
  icon,
  children,
  isDisabled = false,
  ...props
}: Props) {
  return (
    <AriaButton
      {...props}
      className="button"
      data-tone={tone}
      data-small={small}
      data-busy={busy}
      isDisabled={busy || isDisabled}
    >
      {busy ? <span className="button-progress" aria-hidden="true" /> : icon}
      <span>{children}</span>
    </AriaButton>
  );
}

interface IconProps extends Omit<ButtonProps, 'className' | 'style' | 'children'> {
  readonly label: string;
  readonly icon: ReactNode;
  readonly tone?: 'quiet' | 'danger' | 'primary';
  readonly pressed?: boolean;
  readonly 'data-testid'?: string;
}

/** A button with a picture; its name shows on hover and focus. */
export function IconButton({ label, icon, tone = 'quiet', pressed, ...props }: IconProps) {
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      <AriaButton
        {...props}
        className="icon-button"
        data-tone={tone}
        aria-label={label}
        {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      >
        {icon}
      </AriaButton>
      <Tooltip className="tooltip" offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}
