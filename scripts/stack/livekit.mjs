import { join } from 'node:path';

import { writePrivate } from './secrets.mjs';
import { answers, createService } from './supervise.mjs';
import { configFolder, serviceUser } from './users.mjs';

/** Rooms are made by the bridge and by nobody else. */
export const ROOM_RULES = { auto_create: false, empty_timeout: 60, departure_timeout: 10 };

/**
 * How often the SFU passes on a request for a whole picture; its own default is half a second for the smallest picture and a second for
 * the others. Whoever comes to an encrypted call may get a whole picture before its key, and stood before a black tile that long.
 */
export const WHOLE_PICTURES = { low_quality: '200ms', mid_quality: '200ms', high_quality: '200ms' };

/**
 * The SFU, for loopback only.
 * @param {object} options
 * @param {string} options.dataDir
 * @param {string} options.binary
 * @param {import('./ports.mjs').Ports} options.ports
 * @param {import('./secrets.mjs').Secrets} options.secrets
 * @param {string} options.logPath
 * @param {(text: string) => void} options.onProgress
 */
export function createLivekit({ dataDir, binary, ports, secrets, logPath, onProgress }) {
  const dir = configFolder(dataDir, 'livekit');
  const keyPath = join(dir, 'keys.yaml');
  const configPath = join(dir, 'livekit.yaml');
  writePrivate(keyPath, `${secrets.livekitKey}: ${secrets.livekitSecret}\n`);
  const config = {
    port: ports.livekit,
    bind_addresses: ['127.0.0.1'],
    key_file: keyPath,
    logging: { level: 'warn', json: true },
    rtc: {
      node_ip: '127.0.0.1',
      use_external_ip: false,
      enable_loopback_candidate: true,
      interfaces: { includes: ['lo'] },
      udp_port: ports.livekitUdp,
      tcp_port: ports.livekitTcp,
      // Without an entry clients are handed public STUN servers. Nobody listens here on UDP.
      stun_servers: [`127.0.0.1:${ports.prometheus}`],
      pli_throttle: WHOLE_PICTURES,
    },
    room: ROOM_RULES,
    prometheus: { port: ports.prometheus },
    webhook: { api_key: secrets.livekitKey, urls: [`http://127.0.0.1:${ports.internal}/livekit/webhook`] },
    turn: { enabled: false },
  };
  writePrivate(configPath, JSON.stringify(config, null, 2));
  const { user, barred } = serviceUser({ service: 'livekit', label: 'livekit-server', needs: [binary], config: dir });
  const url = `http://127.0.0.1:${ports.livekit}`;
  const service = createService({
    name: 'livekit',
    label: 'livekit-server',
    logPath,
    onProgress,
    command: () => ({
      file: binary,
      args: ['--config', configPath],
      cwd: '/',
      ...(user === undefined ? {} : { user }),
    }),
    ready: () => answers(`${url}/`),
  });
  return { service, url, barred };
}
