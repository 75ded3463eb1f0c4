import { beforeEach, describe, expect, test } from '@jest/globals';
import { createFakeInbox } from '../appservice/fake-inbox.ts';
import { createFakeMatrix } from '../appservice/fake-matrix-client.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createFakeAudit, type FakeAudit } from './fake-audit.ts';
import { createRetention } from './index.ts';

const WATCHER = '@palabre:x';
const SCRIBE = '@palabre-scribe:x';
const DAY_MS = 86_400_000;
const NOW_MS = 1_000 * DAY_MS;
const now = () => NOW_MS;

const { log } = createFakeOperations();
let matrix: ReturnType<typeof createFakeMatrix>;
let inbox: ReturnType<typeof createFakeInbox>;
/** When something was kept, by room. */
let kept: Map<string, number[]>;
let audit: FakeAudit;

beforeEach(() => {
  matrix = createFakeMatrix(WATCHER);
  inbox = createFakeInbox(now);
  kept = new Map();
  audit = createFakeAudit();
});

function open() {
  return createRetention({
    client: matrix.client,
    inbox,
    bots: [WATCHER, SCRIBE],
    artefacts: [
      {
        rooms: () => Promise.resolve([...kept.keys()]),
        holdsBefore: (roomId, beforeMs) => Promise.resolve((kept.get(roomId) ?? []).some((ms) => ms < beforeMs)),
        deleteBefore: (roomId, beforeMs) => {
          const left = (kept.get(roomId) ?? []).filter((ms) => ms >= beforeMs);
          kept.set(roomId, left);
          return Promise.resolve();
        },
      },
    ],
    audit,
    log,
    now,
  });
}

function room(roomId: string, retention: Record<string, unknown> | undefined, member = WATCHER): void {
  const made = matrix.createRoom(roomId, '@carol:x');
  made.members.set(member, 'join');
  if (retention !== undefined) made.state.set('m.room.retention\0', { sender: '@carol:x', content: retention });
  kept.set(roomId, [NOW_MS - 10 * DAY_MS, NOW_MS - DAY_MS]);
}

describe('retention', () => {
  test('what is older than the room keeps its messages is deleted, younger things stay', async () => {
    room('!a:x', { max_lifetime: 5 * DAY_MS });
    await open().sweep();
    expect(kept.get('!a:x')).toEqual([NOW_MS - DAY_MS]);
  });

  test('each deletion is in the audit trail first, and a sweep that finds nothing is not', async () => {
    room('!a:x', { max_lifetime: 5 * DAY_MS });
    const retention = open();
    audit.away = true;
    await retention.sweep();
    expect(kept.get('!a:x')).toHaveLength(2);
    audit.away = false;
    await retention.sweep();
    await retention.sweep();
    expect(audit.rows).toEqual([{ action: 'retention.delete', means: 'server', roomId: '!a:x', outcome: 'accepted' }]);
  });

  test.each([undefined, {}, { max_lifetime: null }, { max_lifetime: -1 }, { min_lifetime: 5 }])(
    'a room that says %j keeps everything',
    async (retention) => {
      room('!a:x', retention);
      await open().sweep();
      expect(kept.get('!a:x')).toHaveLength(2);
    },
  );

  test('where only the scribe has been, it is asked; where nobody has, nothing is deleted', async () => {
    room('!scribe:x', { max_lifetime: 0 }, SCRIBE);
    room('!never:x', { max_lifetime: 0 }, '@carol:x');
    await open().sweep();
    expect(kept.get('!scribe:x')).toEqual([]);
    expect(kept.get('!never:x')).toHaveLength(2);
  });

  test('a lifetime that is shortened counts at once, for its room alone', async () => {
    open();
    room('!a:x', { max_lifetime: 0 });
    room('!b:x', { max_lifetime: 0 });
    await inbox.deliver({ type: 'm.room.retention', room_id: '!a:x', sender: '@carol:x', state_key: '' });
    expect(kept.get('!a:x')).toEqual([]);
    expect(kept.get('!b:x')).toHaveLength(2);
  });

  test('a room whose lifetime changes waits for the room that is being cleared, not for the whole sweep', async () => {
    for (const name of ['!a:x', '!b:x', '!c:x']) room(name, { max_lifetime: 0 });
    const cleared: string[] = [];
    const request = matrix.client.request.bind(matrix.client);
    Object.assign(matrix.client, {
      request: (...args: Parameters<typeof request>) => {
        cleared.push(decodeURIComponent(args[1].split('/')[5] ?? ''));
        return request(...args);
      },
    });
    const sweep = open().sweep();
    while (cleared.length === 0) await Promise.resolve();
    await inbox.deliver({ type: 'm.room.retention', room_id: '!c:x', sender: '@carol:x', state_key: '' });
    await sweep;
    expect(cleared).toEqual(['!a:x', '!c:x', '!b:x', '!c:x']);
  });

  test('a homeserver that does not answer deletes nothing and stops nothing', async () => {
    room('!a:x', { max_lifetime: 0 });
    matrix.down = true;
    const retention = open();
    await retention.sweep();
    expect(kept.get('!a:x')).toHaveLength(2);
    matrix.down = false;
    await retention.sweep();
    expect(kept.get('!a:x')).toEqual([]);
  });
});
