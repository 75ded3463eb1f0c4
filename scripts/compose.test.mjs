import { describe, expect, test } from '@jest/globals';

import { deployment } from './compose.mjs';

const secrets = new Proxy(/** @type {import('./stack/secrets.mjs').Secrets} */ ({}), {
  get: (_, name) => `secret-${String(name)}`,
});

describe('deployment', () => {
  const files = deployment('example.org', secrets);
  /** @param {string} path */
  const json = (path) => JSON.parse(files[path] ?? '');

  test('homeserver, SFU and bridge name each other by the same addresses and secrets', () => {
    const transport = json('synapse/homeserver.yaml').matrix_rtc.transports[0];
    const bridge = json('bridge/bridge.json');
    expect(transport.livekit_service_url).toBe(`${bridge.publicUrls.api}/livekit/jwt`);
    expect(json('synapse/registration.yaml').as_token).toBe(bridge.appservice.asToken);
    expect(json('livekit/livekit.yaml').keys[bridge.livekit.apiKey]).toBe(bridge.livekit.apiSecret);
    expect(json('element/config.json').default_server_config['m.homeserver'].base_url).toBe(bridge.publicUrls.api);
  });

  test('only the bridge can make rooms on the SFU', () => {
    expect(json('livekit/livekit.yaml').room.auto_create).toBe(false);
  });
});
