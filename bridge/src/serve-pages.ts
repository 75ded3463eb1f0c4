/**
 * Messenger and widget for an organisation that has a homeserver but no bridge and no SFU: its people take part in calls on
 * their partners' SFUs. `PALABRE_PAGES_CONFIG` names a JSON file of this shape; docs/administrators.md shows one.
 */
import { USER_ID_PATTERN } from '@palabre/protocol';
import { z } from 'zod';
import { createDomainPolicy } from './membership/index.ts';
import {
  ConfigError,
  createLog,
  encryptionAcrossSfusSchema,
  policyServersSchema,
  portSchema,
  readConfig,
  transportPlacesSchema,
  urlSchema,
} from './operations/index.ts';
import { createPages, servePages } from './pages.ts';

const userId = z.string().regex(USER_ID_PATTERN, 'must be a Matrix user id such as @palabre:example.org');
const schema = z.strictObject({
  serverName: z.string().min(1),
  urls: z.strictObject({ messenger: urlSchema, widget: urlSchema, api: urlSchema }),
  listen: z.strictObject({ host: z.string().default('127.0.0.1'), messenger: portSchema, widget: portSchema }),
  /** The bots of the partner whose bridge looks after our rooms. */
  watcherUserId: userId,
  scribeUserId: userId,
  transports: transportPlacesSchema,
  partners: policyServersSchema,
  encryptionAcrossSfus: encryptionAcrossSfusSchema,
  /** As in the bridge's configuration. */
  rtcMembership: z.enum(['state', 'sticky']).default('state'),
});

try {
  const config = readConfig(schema, process.env['PALABRE_PAGES_CONFIG'], 'PALABRE_PAGES_CONFIG');
  const partners = createDomainPolicy(config.serverName, { classes: {}, servers: config.partners }).servers();
  const pages = createPages({ ...config, partners, widgetHosts: [] });
  await servePages(() => pages, config.listen, createLog('info', config.serverName));
} catch (error) {
  const text = error instanceof ConfigError ? error.message : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
