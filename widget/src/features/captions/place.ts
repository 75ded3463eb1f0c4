import { useAppSelector, type CaptionsLook } from '../../store/index.ts';
import { NARROW_BAR, SMALL_CALL, useMediaQuery } from '../../ui/media-query.ts';

/**
 * Where captions are. On a phone they would hide a third of the faces, so that they stand below them whatever was chosen; in a corner of
 * the messenger there is nothing below.
 */
export function useCaptionsPlace(): CaptionsLook['place'] {
  const place = useAppSelector((state) => state.captions.look.place);
  const isPhone = useMediaQuery(NARROW_BAR);
  const isSmall = useMediaQuery(SMALL_CALL);
  return isPhone && !isSmall ? 'below' : place;
}
