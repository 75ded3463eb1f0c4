import { AVATAR_COLOURS, avatarTone, initialsOf } from '@palabre/protocol';
import { useEffect, useState } from 'react';
import { useAccount } from '../app/context.ts';
import './avatar.css';

/** Picture of a person or room, or their initials. Decorative: the name stands beside it. */
export function Avatar(props: {
  readonly id: string;
  readonly name: string;
  readonly mxc?: string | undefined;
  readonly size?: 's' | 'm' | 'l' | 'xl';
  readonly square?: boolean;
}) {
  const { media } = useAccount();
  const { mxc, size = 'm' } = props;
  const [picture, setPicture] = useState<{ mxc: string; url: string }>();
  useEffect(() => {
    if (mxc === undefined) return undefined;
    let gone = false;
    // Without the picture the initials stay: nothing is lost.
    media.picture({ kind: 'plain', mxc }, 'image/png', 48).then(
      (url) => {
        if (!gone) setPicture({ mxc, url });
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [media, mxc]);
  const shown = picture !== undefined && picture.mxc === mxc ? picture.url : undefined;
  return (
    // The initials are drawn by the style sheet: they are no text of the page.
    <span
      className="avatar"
      data-initials={shown === undefined ? initialsOf(props.name) : undefined}
      data-size={size}
      data-square={props.square}
      style={{ backgroundColor: AVATAR_COLOURS[avatarTone(props.id)] }}
      aria-hidden="true"
    >
      {shown !== undefined && <img src={shown} alt="" />}
    </span>
  );
}

/** Overlapping pictures of several people, the rest as a number. */
export function AvatarStack(props: {
  readonly people: readonly { userId: string; name: string; avatarMxc: string | undefined }[];
  readonly most?: number;
}) {
  const most = props.most ?? 4;
  const shown = props.people.length > most ? props.people.slice(0, most - 1) : props.people;
  const rest = props.people.length - shown.length;
  return (
    <span className="avatar-stack" aria-hidden="true">
      {shown.map((person) => (
        <Avatar key={person.userId} id={person.userId} name={person.name} mxc={person.avatarMxc} size="s" />
      ))}
      {rest > 0 && <span className="avatar avatar-rest numbers" data-size="s">{`+${rest}`}</span>}
    </span>
  );
}
