import { useAppSelector } from '../../store/store.ts';
import { SaveKeyDialog } from './SaveKeyDialog.tsx';
import { UnlockDialog } from './UnlockDialog.tsx';

/** What encryption needs from the person now, if anything. */
export function EncryptionDialogs() {
  const phase = useAppSelector((state) => state.session.encryption);
  if (phase === 'save-key') return <SaveKeyDialog />;
  return phase === 'needs-key' ? <UnlockDialog /> : null;
}
