import { CircleOff, FileX, KeyRound, MicOff, MonitorUp, ShieldAlert, SignalLow, SignalZero } from 'lucide-react';
import { memo, useState, type CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { encryptionOf, type Person } from '../../call/index.ts';
import { selectNotKept, useAppSelector } from '../../store/index.ts';
import { Floating, HandMark } from '../reactions/index.ts';
import { Avatar } from '../../ui/avatar.tsx';
import type { Box } from './layout.ts';
import { Video } from './video.tsx';

/** @param ratio shape of a picture that is shown whole, so that the marks lie on it and not on the bars around it */
function styleOf(box: Box, ratio: number | undefined): CSSProperties {
  const place = { transform: `translate(${box.x}px, ${box.y}px)`, width: box.width, height: box.height };
  if (ratio === undefined) return place;
  const bars = {
    '--bar-x': `${Math.max(0, (box.width - box.height * ratio) / 2)}px`,
    '--bar-y': `${Math.max(0, (box.height - box.width / ratio) / 2)}px`,
  };
  return { ...place, ...bars };
}

/** What deserves a mark, the gravest first. */
function markOf(person: Person) {
  const encryption = encryptionOf(person);
  if (encryption === 'unconfirmed')
    return [ShieldAlert, person.self ? 'encryption.ownUnconfirmed' : 'encryption.unconfirmed'] as const;
  if (person.media !== 'here') return undefined;
  if (encryption === 'undecryptable') return [KeyRound, 'stage.undecryptable'] as const;
  if (person.quality === 'lost') return [SignalZero, 'stage.lost'] as const;
  return person.quality === 'poor' ? ([SignalLow, 'stage.poor'] as const) : undefined;
}

/** Small marks in fixed corners, so that the eye learns where to look. */
function Marks({ person }: { person: Person }) {
  const { t } = useTranslation();
  const mark = markOf(person);
  if (mark === undefined) return null;
  const [Icon, key] = mark;
  const text = t(key);
  return (
    <span className="tile-mark" title={text}>
      <Icon size={16} aria-hidden="true" />
      <span className="visually-hidden">{text}</span>
    </span>
  );
}

/** What stands in place of the picture. */
function Placeholder({ person }: { person: Person }) {
  const { t } = useTranslation();
  const encryption = encryptionOf(person);
  const text =
    encryption === 'unconfirmed' && !person.self
      ? t('encryption.unconfirmed')
      : encryption === 'undecryptable'
        ? t('stage.undecryptable')
        : person.media === 'waiting' && !person.self
          ? t('stage.waiting')
          : person.media === 'refused' || person.media === 'needs_encryption'
            ? t(`stage.${person.media}`)
            : person.quality === 'lost'
              ? t('stage.lost')
              : undefined;
  return (
    <div className="tile-placeholder">
      <Avatar userId={person.userId} name={person.name} size="fluid" />
      {text !== undefined && <span className="tile-hint">{text}</span>}
    </div>
  );
}

/** One person, or the screen they share. */
export const PersonTile = memo(function PersonTile(props: {
  readonly personId: string;
  readonly kind: 'camera' | 'screen';
  readonly box: Box;
  readonly floating: boolean;
}) {
  const { t } = useTranslation();
  const [ratio, setRatio] = useState<number>();
  const encrypted = useAppSelector((state) => state.call.encrypted);
  const person = useAppSelector((state) => state.people.list.find((item) => item.id === props.personId));
  const notKept = useAppSelector((state) => (person === undefined ? undefined : selectNotKept(state, person.userId)));
  if (person === undefined) return null;
  const isScreen = props.kind === 'screen';
  const track = isScreen ? person.screen : person.camera;
  const shown = track !== undefined && !track.muted;
  const muted = !isScreen && (person.microphone === undefined || person.microphone.muted) && person.media === 'here';
  // There is no room for more in the corner.
  const own = props.floating ? t('you') : t('youName', { name: person.name });
  const name = person.self ? own : person.name;
  const encryption = encryptionOf(person);
  const title = isScreen ? t('stage.screenOf', { name }) : name;
  return (
    <li
      className={`tile${isScreen ? ' tile-screen' : ''}${props.floating ? ' tile-floating' : ''}`}
      style={styleOf(props.box, isScreen && shown ? ratio : undefined)}
      data-testid="tile"
      data-kind={props.kind}
      data-identity={person.identity}
      data-user-id={person.userId}
      data-speaking={person.speaking && !isScreen && !muted ? 'true' : undefined}
    >
      {/* Below the picture: seen until its first frame is there. */}
      {(!shown || !isScreen || person.undecryptable) && <Placeholder person={person} />}
      {shown && (
        <Video
          trackKey={track.key}
          identity={person.identity}
          userId={person.userId}
          mirrored={person.self && !isScreen}
          hidden={person.undecryptable}
          onShape={isScreen ? setRatio : undefined}
        />
      )}
      <Marks person={person} />
      {!isScreen && <HandMark personId={person.id} />}
      {!isScreen && <Floating personId={person.id} />}
      <span className="tile-label">
        {muted && <MicOff size={15} aria-label={t('stage.muted')} />}
        {isScreen && <MonitorUp size={15} aria-hidden="true" />}
        <span className="tile-name" data-testid="tile-name">
          {title}
        </span>
        {/* In the good case for screen readers only: the top line shows the lock for everybody. */}
        {encrypted && (encryption === 'confirmed' || encryption === 'encrypted') && (
          <span className="visually-hidden">{t(`encryption.${encryption}`)}</span>
        )}
        {notKept !== undefined && (
          <span className="tile-not-kept" title={t(`consent.mark.${notKept}`)} data-testid="not-kept">
            {/* The dot and the sheet of the top line, struck out. */}
            {notKept !== 'transcription' && <CircleOff size={15} aria-hidden="true" />}
            {notKept !== 'recording' && <FileX size={15} aria-hidden="true" />}
            <span className="visually-hidden">{t(`consent.mark.${notKept}`)}</span>
          </span>
        )}
        {person.otherServer !== undefined && <span className="tile-server">{person.otherServer}</span>}
      </span>
    </li>
  );
});
