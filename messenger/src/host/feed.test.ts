import { expect, jest, test } from '@jest/globals';
import { MatrixEvent } from 'matrix-js-sdk';
import type { MatrixClient } from 'matrix-js-sdk';
import type { ClientWidgetApi, IRoomEvent } from 'matrix-widget-api';
import { createFeed } from './feed.ts';

const ROOM = '!room:x';

test('state that the widget may read from now on is told, and nothing else', async () => {
  const levels = new MatrixEvent({
    type: 'm.room.power_levels',
    state_key: '',
    event_id: '$levels',
    sender: '@a:x',
    room_id: ROOM,
    origin_server_ts: 5,
    content: { users: {} },
  });
  const state = {
    getStateEvents: (type: string, key: string) => (type === 'm.room.power_levels' && key === '' ? levels : null),
  };
  const told: IRoomEvent[] = [];
  const feed = createFeed({
    // Only what the feed calls is there.
    client: {
      on: () => undefined,
      getRoom: () => ({ getLiveTimeline: () => ({ getState: () => state }) }),
    } as unknown as MatrixClient,
    roomId: ROOM,
    api: {
      feedStateUpdate: jest.fn((event: IRoomEvent) => Promise.resolve(void told.push(event))),
    } as unknown as ClientWidgetApi,
    signedByOwner: () => Promise.resolve(true),
    messages: { show: () => undefined },
  });
  await feed.tellState(
    new Set([
      'org.matrix.msc2762.receive.event:m.room.message',
      'org.matrix.msc2762.send.state_event:m.room.power_levels#',
      'org.matrix.msc4039.download_file',
    ]),
  );
  expect(told).toEqual([]);
  await feed.tellState(new Set(['org.matrix.msc2762.receive.state_event:m.room.power_levels#']));
  expect(told).toMatchObject([{ event_id: '$levels', origin_server_ts: 5, content: { users: {} } }]);
});
