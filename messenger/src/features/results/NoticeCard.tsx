import type { NoticeBlock } from '@palabre/protocol';
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MessageItem } from '../../store/model.ts';
import { PlainText } from '@palabre/transcript';
import { isKnownNotice } from './known-notices.ts';

const ICONS = { info: Info, warning: TriangleAlert, error: CircleAlert } as const;

/** Something started, stopped or went wrong: in the reader's language where the code says it all, else in the words of the message. */
export function NoticeCard(props: { readonly item: MessageItem; readonly block: NoticeBlock }) {
  const { t } = useTranslation();
  const { level, code } = props.block;
  const Icon = ICONS[level];
  return (
    <div className="notice" data-level={level} data-code={code} data-testid="result-notice">
      <Icon size={16} aria-hidden="true" />
      <p>
        <PlainText text={isKnownNotice(code) ? t(`results.notices.${code}`) : props.item.body} />
      </p>
    </div>
  );
}
