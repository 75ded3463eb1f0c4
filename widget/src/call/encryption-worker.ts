/** LiveKit's frame encryption, served from our own origin. */
import 'livekit-client/e2ee-worker';
