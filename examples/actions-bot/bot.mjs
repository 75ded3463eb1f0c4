/**
 * Turns the actions of minutes into a checklist in their thread. Node 22 or later, nothing to install:
 * HOMESERVER=https://… ACCESS_TOKEN=… SCRIBE=@palabre-scribe:example.org node bot.mjs
 * It reads what its account can read: rooms that are not encrypted. docs/for-bots.md describes the block.
 * The file STATE remembers how far it has read, so that minutes posted while it was away get their checklist, too.
 */
import { readFile, writeFile } from 'node:fs/promises';

const { HOMESERVER, ACCESS_TOKEN, SCRIBE, STATE = 'actions-bot.since' } = process.env;
const headers = { authorization: `Bearer ${ACCESS_TOKEN}`, 'content-type': 'application/json' };

async function ask(method, path, content) {
  const [body, signal] = [JSON.stringify(content), AbortSignal.timeout(60_000)];
  const response = await fetch(`${HOMESERVER}/_matrix/client/v3${path}`, { method, headers, body, signal });
  // A room that does not let the bot write does not hold up the others.
  if (response.ok || (method === 'PUT' && response.status === 403)) return response.json();
  throw new Error(`${method} ${path.split('?')[0]} is answered ${response.status}`);
}

async function answer(roomId, { event_id: id, sender, content }) {
  const { 'app.palabre.result': minutes, 'm.relates_to': thread } = content;
  if (sender !== SCRIBE || minutes?.kind !== 'minutes' || minutes.version !== 2 || minutes.actions.length === 0) return;
  const lines = minutes.actions.map(({ who, text, due }) => `☐ ${who ?? '?'}: ${text}${due ? ` (${due})` : ''}`);
  // The transaction id follows from the minutes: one checklist, however often they are seen.
  const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/checklist-${encodeURIComponent(id)}`;
  await ask('PUT', path, { msgtype: 'm.notice', body: lines.join('\n'), 'm.mentions': {}, 'm.relates_to': thread });
}

// What was there before the bot's first start gets no answer.
let since = await readFile(STATE, 'utf8').catch(() => '');
console.log('listening');
for (;;) {
  try {
    since ||= (await ask('GET', '/sync')).next_batch;
    await writeFile(STATE, since);
    const sync = await ask('GET', `/sync?timeout=30000&since=${encodeURIComponent(since)}`);
    for (const [roomId, { timeline }] of Object.entries(sync.rooms?.join ?? {}))
      for (const event of timeline.events) await answer(roomId, event);
    since = sync.next_batch;
  } catch (error) {
    // Read again from the same place, and nothing is sent twice.
    console.error(String(error));
    await new Promise((resolve) => setTimeout(resolve, 5_000));
  }
}
