import { fileURLToPath } from 'node:url';
import type { DomainPolicy, OtherServer } from './membership/index.ts';
import { derive } from './operations/index.ts';
import type { Config, Log, PolicyConfig } from './operations/index.ts';
import { createStaticFiles, listen, messengerHeaders, widgetHeaders } from './web/index.ts';
import type { Listener, StaticFiles } from './web/index.ts';

/** What the two pages of one organisation need to know. */
export interface PagesValues {
  readonly serverName: string;
  readonly urls: { readonly messenger: string; readonly widget: string; readonly api: string };
  readonly watcherUserId: string;
  readonly scribeUserId: string;
  /** SFUs that our people publish on when their homeserver names none. */
  readonly transports: readonly { readonly service: string; readonly sfu: string }[];
  readonly partners: readonly OtherServer[];
  readonly encryptionAcrossSfus?: PolicyConfig['encryptionAcrossSfus'];
  readonly widgetHosts: readonly string[];
  readonly rtcMembership: Config['rtcMembership'];
}

export interface Pages {
  readonly messenger: StaticFiles;
  readonly widget: StaticFiles;
}

/** The two pages, each with the policy of its origin and the addresses it needs. */
export function createPages(values: PagesValues): Pages {
  const { serverName, urls, watcherUserId, scribeUserId, transports, partners, widgetHosts, rtcMembership } = values;
  const built = (folder: string) => fileURLToPath(new URL(`../../${folder}/dist`, import.meta.url));
  const elsewhere = [...transports, ...partners.flatMap((partner) => partner.transports)];
  return {
    messenger: createStaticFiles({
      dir: built('messenger'),
      headers: messengerHeaders(
        urls,
        elsewhere.map(({ service }) => service),
      ),
      documents: {
        '/config.json': { apiUrl: urls.api, widgetUrl: urls.widget, serverName, watcherUserId, scribeUserId },
      },
    }),
    widget: createStaticFiles({
      dir: built('widget'),
      headers: widgetHeaders(
        urls,
        widgetHosts,
        elsewhere.flatMap(({ service, sfu }) => [service, sfu]),
      ),
      documents: {
        '/config.json': {
          transports: transports.map(({ service, sfu }) => ({
            type: 'livekit',
            livekit_service_url: service,
            url: sfu,
          })),
          partners: partners.map(({ match, guarded, transports: places }) => ({ match, guarded, transports: places })),
          bots: { watcher: watcherUserId, scribe: scribeUserId },
          rtcMembership,
          partnersNeedEncryption: values.encryptionAcrossSfus === 'required',
        },
      },
    }),
  };
}

/** The pages of an organisation that runs a bridge. */
export function pagesOf(config: Config, policy: DomainPolicy): Pages {
  const { watcherUserId, scribeUserId, tokenServiceUrl, sfuUrl } = derive(config);
  return createPages({
    serverName: config.serverName,
    urls: config.publicUrls,
    watcherUserId,
    scribeUserId,
    transports: [{ service: tokenServiceUrl, sfu: sfuUrl }],
    partners: policy.servers(),
    encryptionAcrossSfus: policy.encryptionAcrossSfus(),
    widgetHosts: config.widgetHosts,
    rtcMembership: config.rtcMembership,
  });
}

/** Listens for both pages. @param current asked at each request, so that a new policy counts at once */
export function servePages(
  current: () => Pages,
  places: { readonly host: string; readonly messenger: number; readonly widget: number },
  log: Pick<Log, 'logger'>,
): Promise<Listener[]> {
  const serve = (part: keyof Pages) =>
    listen({
      host: places.host,
      port: places[part],
      handle: (request, response) => {
        const files = current()[part];
        files.handle(request, response).catch((error: unknown) => {
          log.logger.error({ err: error }, 'a page could not be served');
          response.destroy();
        });
      },
    });
  return Promise.all([serve('messenger'), serve('widget')]);
}
