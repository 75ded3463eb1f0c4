import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { dialogOpened, useAppDispatch } from '../store/index.ts';
import './dialog.css';

interface DialogProps {
  readonly title: string;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** Keeps the keyboard inside; closed by Escape or a click beside it. */
export function TitledDialog(props: DialogProps & { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { title, wide = false, onClose, children } = props;
  return (
    <ModalOverlay
      className="dialog-veil"
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
            <Button slot="close" className="icon-button" aria-label={t('close')}>
              <X size={20} aria-hidden="true" />
            </Button>
          </div>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The dialog over the call. */
export function CallDialog(props: DialogProps) {
  const dispatch = useAppDispatch();
  return <TitledDialog {...props} onClose={() => dispatch(dialogOpened('none'))} />;
}
