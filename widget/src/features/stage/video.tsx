import { useLayoutEffect, useRef, type SyntheticEvent } from 'react';
import { useCall } from '../../call-context.ts';

/** A picture of a track of the call. Sound is played elsewhere, so this element is always mute. */
export function Video(props: {
  readonly trackKey: string;
  readonly identity: string;
  readonly userId: string;
  readonly mirrored: boolean;
  /** Kept, but not shown: it would be black, or stand still. */
  readonly hidden?: boolean;
  /** Told when the shape of the picture, width by height, is known or changes. */
  readonly onShape?: ((ratio: number) => void) | undefined;
}) {
  const call = useCall();
  const element = useRef<HTMLVideoElement>(null);
  // Before paint: LiveKit asks the SFU for pictures only once an element shows them.
  useLayoutEffect(() => {
    const video = element.current;
    const track = call.track(props.trackKey);
    if (video === null || track === undefined) return undefined;
    track.attach(video);
    return () => {
      track.detach(video);
    };
  }, [call, props.trackKey]);
  const measure = ({ currentTarget }: SyntheticEvent<HTMLVideoElement>): void => {
    const { videoWidth, videoHeight } = currentTarget;
    if (videoWidth > 0 && videoHeight > 0) props.onShape?.(videoWidth / videoHeight);
  };
  return (
    <video
      ref={element}
      className={props.mirrored ? 'video video-mirrored' : 'video'}
      data-hidden={props.hidden === true}
      data-identity={props.identity}
      data-user-id={props.userId}
      autoPlay
      playsInline
      muted
      disablePictureInPicture
      aria-hidden="true"
      onLoadedMetadata={measure}
      onResize={measure}
    />
  );
}
