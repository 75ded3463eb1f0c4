import { Encryption_Type, type Room, type TextStreamReader } from 'livekit-client';
import { CAPTIONS_TOPIC } from '@palabre/protocol';
import type { CaptionSender, CaptionStream } from './caption-lines.ts';

/** A line of captions has some hundred letters. */
const LONGEST_CAPTION = 16_000;

/**
 * Reads to the end, whatever comes: what nobody takes out of a stream LiveKit keeps until its sender ends it.
 * @returns the text, when it is no longer than `longest`; rejects when it broke off
 */
async function textOf(reader: TextStreamReader, longest: number): Promise<string | undefined> {
  // Where more comes than was announced the reader would stop, and the sender need not.
  Reflect.set(reader, 'totalByteSize', undefined);
  let text: string | undefined = '';
  for await (const chunk of reader)
    text = text === undefined || text.length + chunk.length > longest ? undefined : text + chunk;
  return text;
}

/** Takes every text stream on the captions' topic, and keeps what comes of senders who are believed. */
export function receiveCaptions(
  serviceUrl: string,
  room: Room,
  believes: (sender: CaptionSender) => boolean,
  onCaption: (stream: CaptionStream) => void,
): void {
  room.registerTextStreamHandler(CAPTIONS_TOPIC, (reader, { identity }) => {
    const { attributes = {}, encryptionType } = reader.info;
    const sender = { senderIdentity: identity, serviceUrl, encrypted: encryptionType !== Encryption_Type.NONE };
    const believed = believes(sender);
    textOf(reader, believed ? LONGEST_CAPTION : 0)
      .then((text) => {
        if (believed && text !== undefined) onCaption({ ...sender, attributes, text });
      })
      // It broke off: the next one says the same and more.
      .catch(() => undefined);
  });
}
