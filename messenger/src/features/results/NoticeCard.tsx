import type { NoticeBlock } from '@palabre/protocol';
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { MessageItem } from '../../store/model.ts';
import { PlainText } from '@palabre/transcript';
import { useNoticeText } from './use-notice-text.ts';

const ICONS = { info: Info, warning: TriangleAlert, error: CircleAlert } as const;

/** Something started, stopped or went wrong. */
export function NoticeCard(props: { readonly item: MessageItem; readonly block: NoticeBlock }) {
  const noticeText = useNoticeText();
  const { level, code } = props.block;
  const Icon = ICONS[level];
  return (
    <div className="notice" data-level={level} data-code={code} data-testid="result-notice">
      <Icon size={16} aria-hidden="true" />
      <p>
        <PlainText text={noticeText(code, props.item.body)} />
      </p>
    </div>
  );
}
