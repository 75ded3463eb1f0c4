import { COMMAND_REACTIONS } from '@palabre/protocol';
import type { MeetingBlock, RoomCommand } from '@palabre/protocol';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import type { MessageItem } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';
import { ReactionPicker } from './ReactionPicker.tsx';
import type { PickerProps } from './ReactionPicker.tsx';
import { reactTo, takeBack } from './react-to.ts';

/** Commands that make sense now, as far as the meeting's message tells; what is said of captions is only told in the call. */
function commandsFor({ working, recording }: MeetingBlock): readonly RoomCommand[] {
  // Bridges before 2026-11 do not tell what goes on.
  if (working === undefined) return ['record', 'pause', 'resume', 'transcribe', 'captions', 'stop'];
  const records = working.includes('recording');
  return [
    records ? (recording?.phase === 'paused' ? 'resume' : 'pause') : 'record',
    ...(working.includes('transcription') ? [] : (['transcribe'] as const)),
    'captions',
    ...(working.length === 0 ? [] : (['stop'] as const)),
  ];
}
const ANSWERS = ['consent', 'refuse'] as const;

/** Reactions to a meeting that runs: the bots obey an answer where one is asked for, and commands of moderators. */
export function MeetingPicker(
  props: PickerProps & { readonly roomId: string; readonly item: MessageItem; readonly block: MeetingBlock },
) {
  const { t } = useTranslation();
  const { actions } = useAccount();
  const { roomId, item, block, ...picker } = props;
  const me = useAppSelector((state) => state.rooms.members[roomId]?.rows.find((row) => row.me));
  const moderates = me !== undefined && me.role !== 'member';
  const offered: RoomCommand[] = [
    ...(block.consent === undefined ? [] : ANSWERS),
    ...(moderates ? commandsFor(block) : []),
  ];

  const give = async (command: RoomCommand): Promise<void> => {
    // A command is obeyed when it comes: one that stands there already is given anew. That an answer stands does not say that it counts:
    // it may be from before anybody was asked, or taken back elsewhere.
    await takeBack(actions, roomId, item, command);
    await reactTo(actions, roomId, item, COMMAND_REACTIONS[command]);
  };
  const signs = offered.map((command) => ({
    symbol: COMMAND_REACTIONS[command],
    label: t(`timeline.sign.${command}`),
    onPick: () => void give(command).catch(console.error),
  }));
  return <ReactionPicker {...picker} signs={signs} />;
}
