import type { NoticeBlock } from '@palabre/protocol';
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { MessageItem } from '../../store/model.ts';
import { PlainText } from '@palabre/transcript';

const ICONS = { info: Info, warning: TriangleAlert, error: CircleAlert } as const;

/** Something started, stopped or went wrong, in the words of the message. */
export function NoticeCard(props: { readonly item: MessageItem; readonly block: NoticeBlock }) {
  const Icon = ICONS[props.block.level];
  return (
    <div className="notice" data-level={props.block.level} data-code={props.block.code} data-testid="result-notice">
      <Icon size={16} aria-hidden="true" />
      <p>
        <PlainText text={props.item.body} />
      </p>
    </div>
  );
}
