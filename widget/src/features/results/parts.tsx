import type { Parts } from '@palabre/transcript';
import { TriangleAlert } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components';
import { TitledDialog } from '../../ui/dialog.tsx';

const CLASSES = { primary: 'button button-primary', plain: 'button', quiet: 'button results-quiet' } as const;

const Button: Parts['Button'] = ({
  tone = 'plain',
  small = false,
  busy = false,
  icon,
  isDisabled = false,
  ...props
}) => {
  const { children, ...rest } = props;
  return (
    <AriaButton
      {...rest}
      className={small ? `${CLASSES[tone]} results-small` : CLASSES[tone]}
      isDisabled={busy || isDisabled}
    >
      {busy ? <span className="spinner" aria-hidden="true" /> : icon}
      <span>{children}</span>
    </AriaButton>
  );
};

const IconButton: Parts['IconButton'] = ({ label, icon, ...props }) => (
  <AriaButton {...props} className="icon-button" aria-label={label}>
    {icon}
  </AriaButton>
);

const Warning: Parts['Warning'] = ({ action, children }) => (
  <div className="results-warning" role="status">
    <TriangleAlert size={18} aria-hidden="true" />
    <p>{children}</p>
    {action}
  </div>
);

const Check: Parts['Check'] = ({ checked, onChange, title, testId }) => (
  <label className="switch" data-testid={testId}>
    <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
    <span>{title}</span>
  </label>
);

/** The page of a transcript in the look of the call. */
export const PARTS: Parts = { Button, IconButton, Dialog: TitledDialog, Warning, Check };
