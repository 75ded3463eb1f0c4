import { CircleOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import './gaps.css';

/** How many people were there and are not in this result, because they did not agree. */
export function NotKept({ count = 0 }: { readonly count: number | undefined }) {
  const { t } = useTranslation();
  if (count === 0) return null;
  return (
    <div className="card-gaps">
      <CircleOff size={16} aria-hidden="true" />
      <p>{t('results.notKept', { count })}</p>
    </div>
  );
}
