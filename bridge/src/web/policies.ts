/** Origins that pages of this deployment may talk to. */
export interface Origins {
  readonly messenger: string;
  readonly widget: string;
  readonly api: string;
}

/** Headers that every page and file gets. */
const COMMON = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
} as const;

function websocketOf(origin: string): string {
  return origin.replace(/^http/, 'ws');
}

function policy(directives: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ');
}

const SHARED = {
  'default-src': ["'none'"],
  // Components set positions and colours through style attributes and elements; scripts stay strict.
  'style-src': ["'self'", "'unsafe-inline'"],
  'font-src': ["'self'"],
  'manifest-src': ["'self'"],
  'worker-src': ["'self'", 'blob:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
} as const;

/** What a call needs of the device it runs on. */
const CALL_FEATURES = [
  'camera',
  'microphone',
  'display-capture',
  'autoplay',
  'fullscreen',
  'picture-in-picture',
  'screen-wake-lock',
] as const;

function permissions(allowed: string): string {
  const call = CALL_FEATURES.map((feature) => `${feature}=${allowed}`);
  return [...call, 'geolocation=()', 'payment=()', 'usb=()', 'serial=()', 'hid=()', 'midi=()'].join(', ');
}

/**
 * Headers of the messenger's pages: it frames the widget and nothing else, and is framed by nobody.
 * @param partners addresses of token services beside ours: on their origins lie recordings of rooms that we share
 */
export function messengerHeaders(
  { widget, api }: Origins,
  partners: readonly string[] = [],
): Readonly<Record<string, string>> {
  const elsewhere = [...new Set(partners.map((url) => new URL(url).origin))];
  return {
    ...COMMON,
    'Content-Security-Policy': policy({
      ...SHARED,
      'script-src': ["'self'", "'wasm-unsafe-eval'"], // matrix-js-sdk's crypto is WebAssembly
      'img-src': ["'self'", 'data:', 'blob:', api],
      'media-src': ["'self'", 'blob:', api],
      'connect-src': ["'self'", 'blob:', api, websocketOf(api), ...elsewhere],
      'frame-src': [widget],
      'frame-ancestors': ["'none'"],
    }),
    'Permissions-Policy': permissions(`(self "${widget}")`),
  };
}

/**
 * Headers of the call widget: it may be framed by the messengers of this deployment, and connects to the API origin and to the
 * transports that policy allows only, so that a foreign address in somebody's `call.member` leads nowhere.
 * @param hosts origins of further messengers that open the widget, such as Element Web
 * @param transports addresses of token services and SFUs beside ours
 */
export function widgetHeaders(
  { messenger, api }: Origins,
  hosts: readonly string[] = [],
  transports: readonly string[] = [],
): Readonly<Record<string, string>> {
  const elsewhere = [...new Set(transports.map((url) => new URL(url).origin))];
  return {
    ...COMMON,
    'Content-Security-Policy': policy({
      ...SHARED,
      'script-src': ["'self'", "'wasm-unsafe-eval'"],
      'img-src': ["'self'", 'data:', 'blob:', api],
      'media-src': ["'self'", 'blob:', 'data:'],
      'connect-src': ["'self'", 'blob:', api, websocketOf(api), ...elsewhere],
      'frame-ancestors': [messenger, ...hosts],
    }),
    'Permissions-Policy': permissions('(self)'),
    'Cross-Origin-Resource-Policy': 'cross-origin',
  };
}
