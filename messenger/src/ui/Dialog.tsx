import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { IconButton } from './Button.tsx';
import './dialog.css';

/** A dialog over everything. `onClose` undefined: it can only be answered, not dismissed. */
export function Dialog(props: {
  readonly title: string;
  readonly onClose?: (() => void) | undefined;
  readonly wide?: boolean;
  readonly alert?: boolean;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  const { onClose } = props;
  return (
    <ModalOverlay
      className="scrim"
      isOpen
      isDismissable={onClose !== undefined}
      isKeyboardDismissDisabled={onClose === undefined}
      onOpenChange={(open) => {
        if (!open) onClose?.();
      }}
    >
      <Modal className="modal" data-wide={props.wide}>
        <AriaDialog className="dialog" role={props.alert === true ? 'alertdialog' : 'dialog'}>
          <header className="dialog-head">
            <Heading slot="title" level={2}>
              {props.title}
            </Heading>
            {onClose !== undefined && <IconButton label={t('common.close')} icon={<X size={20} />} onPress={onClose} />}
          </header>
          {props.children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
