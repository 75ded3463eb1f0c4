/** What the messenger tells the widget in its address, in Element Call's dialect (reference: Element Call, `docs/url_params.md`). */

export const THEMES = ['light', 'dark', 'light-high-contrast', 'dark-high-contrast'] as const;
export type Theme = (typeof THEMES)[number];

/** How the first person in a call tells the room: not at all, quietly, or by ringing (MSC4075). */
export type NotificationKind = 'none' | 'notification' | 'ring';

export interface Parameters {
  readonly widgetId: string;
  /** Origin of the messenger; messages from anywhere else are dropped. */
  readonly parentOrigin: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly roomId: string;
  /** Homeserver as the browser reaches it, without a trailing slash. */
  readonly baseUrl: string;
  /** Start without the camera. */
  /** The room is a direct message. */
  readonly direct: boolean;
  readonly voiceOnly: boolean;
  readonly skipLobby: boolean;
  /** Loaded in advance: wait for the messenger's `io.element.join`. */
  readonly preload: boolean;
  /** After leaving, show the lobby again instead of closing. */
  readonly returnToLobby: boolean;
  /** Media is encrypted with a key for each participant (the room is encrypted). */
  readonly encrypted: boolean;
  readonly notification: NotificationKind;
  readonly theme: Theme | undefined;
  /** BCP 47 tag the messenger is shown in. */
  readonly language: string | undefined;
  /** 1 is the browser's own size; 0.5 to 2. */
  readonly fontScale: number;
}

export type ParsedParameters =
  | { readonly ok: true; readonly parameters: Parameters }
  | { readonly ok: false; readonly missing: readonly string[]; readonly language: string | undefined };

/** `new URL().origin` is "null" for schemes like Element Desktop's `vector:`; messages carry `vector://vector`. */
function originOf(url: string): string | undefined {
  try {
    const parsed = new URL(url);
    return parsed.origin === 'null' ? `${parsed.protocol}//${parsed.host}` : parsed.origin;
  } catch {
    return undefined;
  }
}

function httpBase(url: string): string | undefined {
  try {
    const parsed = new URL(url);
    if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return undefined;
    return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
  } catch {
    return undefined;
  }
}

function flag(value: string | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  // As in Element Call, a bare name ("preload") means yes.
  return value !== 'false' && value !== '0';
}

function scale(value: string | undefined): number {
  const parsed = Number.parseFloat(value ?? '');
  return Number.isFinite(parsed) ? Math.min(2, Math.max(0.5, parsed)) : 1;
}

/**
 * Reads the widget's parameters from its address. They stand in the fragment (`#?roomId=…`), where no server log sees them;
 * the query is read as well because widgets pinned in a room are given theirs there.
 * @param hash `location.hash`, @param search `location.search`
 * @returns the parameters, or the names of those that are missing or unusable
 */
export function parseParameters(hash: string, search: string): ParsedParameters {
  const fragment = hash.replace(/^#/, '');
  const questionMark = fragment.indexOf('?');
  const fromFragment = new URLSearchParams(questionMark < 0 ? '' : fragment.slice(questionMark + 1));
  const fromQuery = new URLSearchParams(search);
  const read = (name: string): string | undefined => {
    const value = fromFragment.get(name) ?? fromQuery.get(name);
    // A template variable the messenger did not know stays as it was written.
    return value === null || value.startsWith('$') ? undefined : value;
  };
  const required = (name: string): string => read(name) ?? '';

  const parentOrigin = originOf(required('parentUrl'));
  const baseUrl = httpBase(required('baseUrl'));
  const checks: readonly (readonly [string, boolean])[] = [
    ['widgetId', required('widgetId') !== ''],
    ['parentUrl', parentOrigin !== undefined],
    ['userId', /^@[^:]*:.+$/.test(required('userId'))],
    ['deviceId', required('deviceId') !== ''],
    ['roomId', required('roomId').startsWith('!')],
    ['baseUrl', baseUrl !== undefined],
  ];
  const missing = checks.filter(([, present]) => !present).map(([name]) => name);
  const language = read('lang');
  if (missing.length > 0 || parentOrigin === undefined || baseUrl === undefined)
    return { ok: false, missing, language };

  const intent = read('intent') ?? '';
  const direct = intent.includes('_dm');
  const starting = intent.startsWith('start_call');
  const asked = read('sendNotificationType');
  const theme = read('theme');
  return {
    ok: true,
    parameters: {
      widgetId: required('widgetId'),
      parentOrigin,
      userId: required('userId'),
      deviceId: required('deviceId'),
      roomId: required('roomId'),
      baseUrl,
      direct,
      voiceOnly: intent.endsWith('_voice'),
      skipLobby: flag(read('skipLobby'), starting || direct),
      preload: flag(read('preload'), false),
      returnToLobby: flag(read('returnToLobby'), false),
      encrypted: flag(read('perParticipantE2EE'), false),
      notification:
        asked === 'ring' || asked === 'notification' ? asked : starting ? (direct ? 'ring' : 'notification') : 'none',
      theme: THEMES.find((name) => name === theme),
      language,
      fontScale: scale(read('fontScale')),
    },
  };
}
