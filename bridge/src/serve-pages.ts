/**
 * Messenger and widget for an organisation that has a homeserver but no bridge and no SFU: its people take part in calls on
 * their partners' SFUs. `PALABRE_PAGES_CONFIG` names a JSON file of this shape; docs/administrators.md shows one.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createLog, policyServersSchema, transportPlacesSchema } from './operations/index.ts';
import { createPages, servePages } from './pages.ts';

const url = z.url({ protocol: /^https?$/ });
const port = z.int().min(1).max(65535);
const schema = z.strictObject({
  serverName: z.string().min(1),
  urls: z.strictObject({ messenger: url, widget: url, api: url }),
  listen: z.strictObject({ host: z.string().default('127.0.0.1'), messenger: port, widget: port }),
  /** The bots of the partner whose bridge looks after our rooms. */
  watcherUserId: z.string(),
  scribeUserId: z.string(),
  transports: transportPlacesSchema,
  partners: policyServersSchema,
  /** As in the bridge's configuration. */
  rtcMembership: z.enum(['state', 'sticky']).default('state'),
});

const path = process.env['PALABRE_PAGES_CONFIG'];
if (path === undefined || path === '') {
  process.stderr.write('PALABRE_PAGES_CONFIG must name the configuration file\n');
  process.exit(1);
}
const config = schema.parse(JSON.parse(readFileSync(path, 'utf8')));
const pages = createPages({ ...config, widgetHosts: [] });
await servePages(() => pages, config.listen, createLog('info', config.serverName));
