import type { Parts } from '@palabre/transcript';
import { TriangleAlert, X } from 'lucide-react';
import { Button as AriaButton, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';

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

const OwnDialog: Parts['Dialog'] = ({ title, onClose, wide = false, children }) => {
  const { t } = useTranslation();
  return (
    <ModalOverlay
      className="dialog-veil results-over"
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={wide ? 'dialog-box dialog-wide' : 'dialog-box'}>
        <Dialog className="dialog">
          <div className="dialog-head">
            <Heading slot="title" className="dialog-title">
              {title}
            </Heading>
            <AriaButton slot="close" className="icon-button" aria-label={t('close')}>
              <X size={20} aria-hidden="true" />
            </AriaButton>
          </div>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
};

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
export const PARTS: Parts = { Button, IconButton, Dialog: OwnDialog, Warning, Check };
