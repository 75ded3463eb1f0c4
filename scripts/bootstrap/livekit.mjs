import { cachePlaces, VERSIONS } from '../places.mjs';
import { goInstall } from './go.mjs';

/** The SFU, built from its published source. */
export async function installLivekit() {
  await goInstall({
    name: 'livekit',
    source: `github.com/livekit/livekit-server/cmd/server@v${VERSIONS.livekit}`,
    target: cachePlaces().livekit,
    otherwise: `, or put livekit-server ${VERSIONS.livekit} on PATH, and start again.`,
  });
}
