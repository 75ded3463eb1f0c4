import { CircleAlert, DoorOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { useAppSelector } from '../../store/index.ts';
import { Message } from './message.tsx';

/** After the call: why it is over, and how to come back. */
export function Ending() {
  const { t } = useTranslation();
  const call = useCall();
  const { end, problem } = useAppSelector((state) => state.call);
  const captured = useAppSelector((state) => state.meeting.captured);
  if (problem !== undefined)
    return (
      <Message
        icon={<CircleAlert size={32} aria-hidden="true" />}
        title={t(`problem.${problem}.title`)}
        text={t(`problem.${problem}.todo`, { missing: '' })}
        detail={t('problem.code', { code: problem })}
        action={{ text: t('problem.retry'), run: () => call.retry() }}
        urgent
      />
    );
  const reason = end ?? 'left';
  return (
    <Message
      icon={<DoorOpen size={32} aria-hidden="true" />}
      title={t(`ended.${reason}`)}
      text={t(reason === 'left' && captured ? 'ended.keptHelp' : `ended.${reason}Help`)}
      {...(reason === 'removed'
        ? {}
        : {
            action: {
              text: t(reason === 'cancelled' ? 'lobby.back' : 'problem.rejoin'),
              run: () => call.retry(),
            },
          })}
    />
  );
}
