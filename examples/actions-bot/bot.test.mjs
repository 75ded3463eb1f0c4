import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from '@jest/globals';

const SCRIBE = '@palabre-scribe:x';
const minutesBy = (/** @type {string} */ sender, /** @type {string} */ id) => ({
  event_id: id,
  sender,
  content: {
    'm.relates_to': { rel_type: 'm.thread', event_id: '$root' },
    'app.palabre.result': {
      kind: 'minutes',
      version: 2,
      actions: [{ text: 'Call the caterer', who: 'Bob', due: 'Friday' }, { text: 'Book a room' }],
    },
  },
});

test('one checklist of what the scribe posted, though the homeserver fails in between', async () => {
  /** @type {{ path: string | undefined, body: string }[]} */
  const sent = [];
  /** @type {string[]} */
  const asked = [];
  let readOn = () => {};
  const hasReadOn = new Promise((resolve) => (readOn = () => resolve(undefined)));
  const homeserver = createServer(async (request, response) => {
    if (request.method === 'PUT') {
      sent.push({ path: request.url, body: await text(request) });
      response.writeHead(sent.length === 1 ? 500 : 200).end('{}');
      return;
    }
    const since = new URL(request.url ?? '', 'http://x').searchParams.get('since') ?? '';
    asked.push(since);
    // Nothing new any more.
    if (since === 's2') return readOn();
    const events = [minutesBy('@eve:x', '$forged'), minutesBy(SCRIBE, '$minutes')];
    response.end(
      JSON.stringify({
        next_batch: since === '' ? 's1' : 's2',
        rooms: { join: { '!r:x': { timeline: { events } } } },
      }),
    );
  });
  homeserver.listen(0, '127.0.0.1');
  await once(homeserver, 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'actions-bot-'));
  const address = homeserver.address();
  const bot = spawn(process.execPath, [fileURLToPath(new URL('bot.mjs', import.meta.url))], {
    env: {
      HOMESERVER: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
      ACCESS_TOKEN: 'token',
      SCRIBE,
      STATE: join(folder, 'since'),
    },
    stdio: 'ignore',
  });
  try {
    await hasReadOn;
    expect(asked).toEqual(['', 's1', 's1', 's2']);
    expect(await readFile(join(folder, 'since'), 'utf8')).toBe('s2');
    expect(sent.map(({ path }) => path)).toEqual(
      Array(2).fill('/_matrix/client/v3/rooms/!r%3Ax/send/m.room.message/checklist-%24minutes'),
    );
    expect(JSON.parse(sent[1]?.body ?? '')).toMatchObject({
      body: '☐ Bob: Call the caterer (Friday)\n☐ ?: Book a room',
      'm.relates_to': { rel_type: 'm.thread', event_id: '$root' },
    });
  } finally {
    const gone = once(bot, 'exit');
    bot.kill();
    await gone;
    homeserver.closeAllConnections();
    homeserver.close();
    await rm(folder, { recursive: true });
  }
});
