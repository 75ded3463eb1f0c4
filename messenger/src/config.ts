import * as z from 'zod/mini';

/** `/config.json` on the messenger's own origin, written by whoever serves the page. */
export const configSchema = z.object({
  /** Origin of the client-server API, token service and bridge API. */
  apiUrl: z.url(),
  /** Origin where the call widget is served. */
  widgetUrl: z.url(),
  serverName: z.string().check(z.minLength(1)),
  /** Another build of a call widget to host instead of our own (interoperability tests and benchmarks). */
  callWidgetUrl: z.optional(z.url()),
  /** The two bots of this deployment; by default the names the bridge registers. */
  watcherUserId: z.optional(z.string()),
  scribeUserId: z.optional(z.string()),
});

export interface Config {
  readonly apiUrl: string;
  readonly serverName: string;
  /** The page opened for a call; its origin is the only one that gets capabilities. */
  readonly callPageUrl: string;
  readonly watcherUserId: string;
  readonly scribeUserId: string;
}

/** Fills in what follows from the rest. @throws when `raw` does not match {@link configSchema} */
export function parseConfig(raw: unknown): Config {
  const value = configSchema.parse(raw);
  return {
    apiUrl: value.apiUrl.replace(/\/+$/, ''),
    serverName: value.serverName,
    callPageUrl: value.callWidgetUrl ?? `${value.widgetUrl.replace(/\/+$/, '')}/index.html`,
    watcherUserId: value.watcherUserId ?? `@palabre:${value.serverName}`,
    scribeUserId: value.scribeUserId ?? `@palabre-scribe:${value.serverName}`,
  };
}

/** Reads `/config.json`; under the development server the same keys may come from the environment instead. */
export async function loadConfig(): Promise<Config> {
  const { DEV, VITE_API_URL, VITE_WIDGET_URL, VITE_SERVER_NAME } = import.meta.env as Record<string, unknown>;
  if (DEV === true && typeof VITE_API_URL === 'string') {
    return parseConfig({ apiUrl: VITE_API_URL, widgetUrl: VITE_WIDGET_URL, serverName: VITE_SERVER_NAME });
  }
  const response = await fetch('/config.json', { cache: 'no-store', signal: AbortSignal.timeout(15_000) });
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  return parseConfig(await response.json());
}
