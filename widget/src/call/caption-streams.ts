import { Encryption_Type, type Room } from 'livekit-client';
import { CAPTIONS_TOPIC } from '@palabre/protocol';
import type { CaptionStream } from './caption-lines.ts';

/** A line of captions has some hundred letters. */
const LONGEST_CAPTION_BYTES = 16_000;
const CAPTION_TIMEOUT_MS = 10_000;

/** Reads every text stream on the captions' topic, whoever sends it. */
export function receiveCaptions(serviceUrl: string, room: Room, onCaption: (stream: CaptionStream) => void): void {
  room.registerTextStreamHandler(CAPTIONS_TOPIC, (reader, { identity }) => {
    const { attributes = {}, encryptionType, size = 0 } = reader.info;
    if (size > LONGEST_CAPTION_BYTES) return;
    reader
      .readAll({ signal: AbortSignal.timeout(CAPTION_TIMEOUT_MS) })
      .then((text) =>
        onCaption({
          senderIdentity: identity,
          serviceUrl,
          encrypted: encryptionType !== Encryption_Type.NONE,
          attributes,
          text: text.slice(0, LONGEST_CAPTION_BYTES),
        }),
      )
      // It broke off: the next one says the same and more.
      .catch(() => undefined);
  });
}
