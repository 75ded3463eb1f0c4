import { Ellipsis } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Control } from './control.tsx';

/** Holds the place of the menu, which loads after the first picture. */
export function MoreFallback() {
  const { t } = useTranslation();
  return <Control icon={Ellipsis} label={t('control.more')} action={t('control.more')} disabled />;
}
