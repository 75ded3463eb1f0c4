import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { useAppSelector } from '../../store/store.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';

/** Says what of a thread is not shown, with a way to ask for it. */
export function MissingReplies(props: {
  readonly rootId: string;
  /** What it means that the server could not be asked. */
  readonly failed: string;
}) {
  const { t } = useTranslation();
  const { observer } = useAccount();
  const thread = useAppSelector((state) => state.rooms.threads[props.rootId]);
  if (thread === undefined || thread.loading || !(thread.failed || thread.older)) return null;
  return (
    <Banner
      tone={thread.failed ? 'error' : 'info'}
      action={
        <Button small onPress={() => observer.loadThread(props.rootId)}>
          {t(thread.failed ? 'common.retry' : 'thread.loadOlder')}
        </Button>
      }
    >
      {thread.failed ? props.failed : t('thread.older')}
    </Banner>
  );
}
