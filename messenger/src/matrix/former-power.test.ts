import { expect, test } from '@jest/globals';
import type { MatrixClient } from 'matrix-js-sdk';
import { isModeratorIn } from '@palabre/transcript/documents';
import { createFormerPower } from './former-power.ts';

const create = (version = '11') => ({
  type: 'm.room.create',
  state_key: '',
  sender: '@creator:x',
  content: { room_version: version },
});
const levels = (content: object) => ({ type: 'm.room.power_levels', state_key: '', sender: '@creator:x', content });

test('moderators are those who might remove others, creators of new rooms among them', () => {
  const state = [create(), levels({ users: { '@m:x': 50, '@n:x': '60' }, users_default: 0 })];
  expect(isModeratorIn({ state }, '@m:x')).toBe(true);
  expect(isModeratorIn({ state }, '@n:x')).toBe(true);
  expect(isModeratorIn({ state }, '@other:x')).toBe(false);
  expect(isModeratorIn({ state: [create(), levels({ users: { '@m:x': 50 }, kick: 75 })] }, '@m:x')).toBe(false);
  expect(isModeratorIn({ state: [create('12'), levels({ users: {} })] }, '@creator:x')).toBe(true);
  expect(isModeratorIn({ state: [create()] }, '@creator:x')).toBe(true);
});

test('no answer is no power', () => {
  expect(() => isModeratorIn({ state: [levels({ users: { '@m:x': 100 } })] }, '@m:x')).toThrow();
  expect(() => isModeratorIn({}, '@m:x')).toThrow();
});

test('state of a later time is no answer', () => {
  const state = [create(), levels({ users: { '@m:x': 50 } })];
  expect(() => isModeratorIn({ state, events_after: [{}] }, '@m:x')).toThrow();
  expect(isModeratorIn({ state, events_after: [] }, '@m:x')).toBe(true);
});

test('asked once for each event, at the event; again after a failure', async () => {
  const asked: string[] = [];
  let down = true;
  const authedRequest = (_method: string, path: string): Promise<unknown> => {
    asked.push(path);
    return down
      ? Promise.reject(new Error('down'))
      : Promise.resolve({ state: [create(), levels({ users: { '@m:x': 50 } })] });
  };
  const power = createFormerPower({ http: { authedRequest } } as unknown as MatrixClient);
  await expect(power.wasModerator('!r:x', '$e', '@m:x')).rejects.toThrow('down');
  down = false;
  await expect(power.wasModerator('!r:x', '$e', '@m:x')).resolves.toBe(true);
  await expect(power.wasModerator('!r:x', '$e', '@m:x')).resolves.toBe(true);
  expect(asked).toEqual(Array(2).fill('/rooms/!r%3Ax/context/%24e'));
});
