import type { HostParameter } from '@palabre/protocol';

export interface CallAddressOptions {
  /** Page of the widget, without query or fragment. */
  readonly page: string;
  readonly widgetId: string;
  /** Address of this messenger without its fragment. */
  readonly parentUrl: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly roomId: string;
  readonly baseUrl: string;
  readonly encrypted: boolean;
  readonly intent: 'start_call' | 'join_existing';
  /** The room is a direct message. */
  readonly direct: boolean;
  readonly skipLobby: boolean;
  readonly language: string;
  readonly theme: 'light' | 'dark';
  readonly fontScale: number;
}

/**
 * Address of the call widget with Element Web's parameters, all in the fragment: a query would be written to the logs of
 * whoever serves the page.
 */
export function callAddress(options: CallAddressOptions): string {
  const parameters: Record<HostParameter, string> = {
    widgetId: options.widgetId,
    parentUrl: options.parentUrl,
    userId: options.userId,
    deviceId: options.deviceId,
    roomId: options.roomId,
    baseUrl: options.baseUrl,
    intent: options.direct ? `${options.intent}_dm` : options.intent,
    skipLobby: String(options.skipLobby),
    perParticipantE2EE: String(options.encrypted),
    lang: options.language,
    theme: options.theme,
    fontScale: String(options.fontScale),
    confineToRoom: 'true',
    returnToLobby: 'false',
  };
  // Fragments written by URLSearchParams keep "+" for a blank, which readers of a fragment may not undo.
  const fragment = new URLSearchParams(parameters).toString().replaceAll('+', '%20');
  return `${options.page}#?${fragment}`;
}
