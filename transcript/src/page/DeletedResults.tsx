import { Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { DeletedResult } from '../documents/index.ts';
import './deleted-results.css';

/** What there was of a meeting and was deleted, and by whom where that is known. */
export function DeletedResults({ deleted }: { readonly deleted: readonly DeletedResult[] }) {
  const { t } = useTranslation();
  return deleted.map(({ what, by }, index) => (
    <span key={`${index}-${what}`} className="deleted-result" title={by?.user_id} data-testid="deleted-result">
      <Trash2 size={16} aria-hidden="true" />
      {by === undefined ? t(`results.deleted.${what}`) : t(`results.deletedBy.${what}`, { name: by.name })}
    </span>
  ));
}
