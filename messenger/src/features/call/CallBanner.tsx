import { formatNames, useLocale } from '@palabre/transcript';
import { Captions, CircleDot, CirclePause } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { formatTime } from '../../i18n/format.ts';
import type { KeptNow, RoomSummary } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';
import { AvatarStack } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { useOpenCall } from './use-open-call.ts';
import './call.css';

const NAMED = 2;

const NOTHING: KeptNow = { recording: undefined, transcription: false };

/** What becomes of what is said there, for those who think of joining. */
function ScribeState({ kept = NOTHING }: { readonly kept: KeptNow | undefined }) {
  const { t } = useTranslation();
  const Icon = kept.recording === 'on' ? CircleDot : kept.recording === 'paused' ? CirclePause : Captions;
  const words = kept.transcription
    ? t(`call.kept.transcription.${kept.recording ?? 'none'}`)
    : t(`call.kept.recording.${kept.recording ?? 'none'}`);
  return (
    <span className="call-banner-scribe" data-recording={kept.recording} data-testid="call-kept">
      <Icon size={14} aria-hidden="true" />
      {words}
    </span>
  );
}

/** Says who is in the room's call and since when, with the way in. */
export function CallBanner(props: { readonly room: RoomSummary; readonly onShowCall: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { room } = props;
  const openHere = useAppSelector((state) => state.call.open?.roomId === room.id);
  const joinedHere = useAppSelector((state) => state.call.open?.roomId === room.id && state.call.open.joined);
  const openCall = useOpenCall();
  const { call } = room;
  if (call === undefined) return null;
  const named = call.people.slice(0, call.people.length === NAMED + 1 ? NAMED + 1 : NAMED).map((person) => person.name);
  const rest = call.people.length - named.length;
  const names =
    rest === 0 ? formatNames(named, locale) : t('call.othersSuffix', { count: rest, names: named.join(', ') });
  return (
    <section className="call-banner" data-here={openHere} data-testid="call-banner" aria-label={t('rooms.callRunning')}>
      <AvatarStack people={call.people} />
      <p className="call-banner-text" role="status">
        <strong>{t('call.banner', { count: call.people.length, names })}</strong>
        <span className="numbers">{t('call.since', { time: formatTime(call.sinceMs, locale) })}</span>
        {call.scribe && <ScribeState kept={call.kept} />}
      </p>
      <Button
        tone="primary"
        small
        data-testid="call-join"
        onPress={() => (openHere ? props.onShowCall() : openCall(room.id))}
      >
        {joinedHere ? t('call.rejoin') : t('call.join')}
      </Button>
    </section>
  );
}
