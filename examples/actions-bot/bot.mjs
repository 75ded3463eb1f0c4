/**
 * Turns the actions of minutes into a checklist in their thread. Node 22 or later, nothing to install:
 * HOMESERVER=https://… ACCESS_TOKEN=… SCRIBE=@palabre-scribe:example.org node bot.mjs
 * It reads what its account can read: rooms that are not encrypted. docs/for-bots.md describes the block.
 */
const { HOMESERVER, ACCESS_TOKEN, SCRIBE } = process.env;

async function ask(method, path, body) {
  const response = await fetch(`${HOMESERVER}/_matrix/client/v3${path}`, {
    method,
    headers: { authorization: `Bearer ${ACCESS_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`${method} ${path.split('?')[0]} is answered ${response.status}`);
  return response.json();
}

async function answer(roomId, { event_id: id, sender, content }) {
  const minutes = content['app.palabre.result'];
  if (sender !== SCRIBE || minutes?.kind !== 'minutes' || minutes.version !== 2 || minutes.actions.length === 0) return;
  const lines = minutes.actions.map(({ who, text, due }) => `☐ ${who ?? '?'}: ${text}${due ? ` (${due})` : ''}`);
  const { event_id: root } = content['m.relates_to'];
  // The transaction id follows from the minutes: one checklist, however often they are seen.
  await ask('PUT', `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/checklist-${encodeURIComponent(id)}`, {
    msgtype: 'm.notice',
    body: lines.join('\n'),
    'm.mentions': {},
    'm.relates_to': { rel_type: 'm.thread', event_id: root },
  });
}

let since = (await ask('GET', '/sync?timeout=0')).next_batch;
console.log('listening');
for (;;) {
  const sync = await ask('GET', `/sync?timeout=30000&since=${encodeURIComponent(since)}`);
  for (const [roomId, { timeline }] of Object.entries(sync.rooms?.join ?? {}))
    for (const event of timeline.events) await answer(roomId, event);
  since = sync.next_batch;
}
