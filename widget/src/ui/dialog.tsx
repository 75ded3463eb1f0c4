import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { dialogOpened, useAppDispatch } from '../store/index.ts';
import './dialog.css';

/** A dialog over the call: keeps the keyboard inside, closes by Escape or a click beside it. */
export function CallDialog({ title, wide = false, children }: { title: string; wide?: boolean; children: ReactNode }) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  return (
    <ModalOverlay
      className="dialog-veil"
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) dispatch(dialogOpened('none'));
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
