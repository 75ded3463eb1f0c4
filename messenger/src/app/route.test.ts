/** @jest-environment jsdom */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatRoute, parseRoute } from './route.ts';
import type { Route } from './route.ts';

test('a route survives its address, whatever the ids hold', () => {
  const id = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(id, id, id, (roomId, rootId, eventId) => {
      const routes: Route[] = [
        { roomId: undefined, panel: undefined },
        { roomId, panel: undefined },
        { roomId, panel: { kind: 'members' } },
        { roomId, panel: { kind: 'thread', rootId } },
        { roomId, panel: { kind: 'thread', rootId, eventId } },
        { roomId, panel: { kind: 'transcript', rootId, eventId } },
      ];
      for (const route of routes) expect(parseRoute(formatRoute(route))).toEqual(route);
    }),
  );
});

test.each(['', '#/', '#/room/', '#/elsewhere/x', '#/room/%E0%A4%A'])('%s is the room list', (hash) => {
  expect(parseRoute(hash).roomId).toBeUndefined();
});
