import type { Room } from 'livekit-client';

/** W3C webrtc-extensions, `RTCSetParameterOptions`; not yet in TypeScript's own types. */
interface KeyFrameOptions {
  readonly encodingOptions: readonly { readonly keyFrame: boolean }[];
}
type SetParameters = (parameters: RTCRtpSendParameters, options: KeyFrameOptions) => Promise<void>;

/**
 * Has our camera and screen send a whole picture now. Who could not decrypt so far has nothing that differences could be added to,
 * and SFUs pass on requests for a whole picture only so often, by default once a second. Browsers that do not know the wish ignore it.
 */
export function sendWholePictures(room: Room | undefined): void {
  for (const { track } of room?.localParticipant.videoTrackPublications.values() ?? []) {
    const sender = track?.sender;
    if (sender === undefined) continue;
    const parameters = sender.getParameters();
    const options = { encodingOptions: parameters.encodings.map(() => ({ keyFrame: true })) };
    // A sender that has just stopped refuses; nobody waits for its pictures.
    const setParameters: SetParameters = sender.setParameters.bind(sender);
    setParameters(parameters, options).catch(() => undefined);
  }
}
