import { useSyncExternalStore } from 'react';

/** What the address asks for; it survives reloads and the browser's own back button works. */
export interface Route {
  readonly roomId: string | undefined;
  readonly panel:
    | { readonly kind: 'members' }
    | {
        readonly kind: 'thread';
        readonly rootId: string;
        /** The answer to be looked at first. */
        readonly eventId?: string;
      }
    | {
        /** A transcript beside its recording, over the whole window. */
        readonly kind: 'transcript';
        readonly rootId: string;
        readonly eventId: string;
      }
    | undefined;
}

/**
 * `#/room/{id}`, `#/room/{id}/members`, `#/room/{id}/thread/{root}[/{event}]`, `#/room/{id}/transcript/{root}/{event}`; anything else
 * is the room list.
 */
export function parseRoute(hash: string): Route {
  const [, head, roomId, kind, rootId, eventId] = hash.replace(/^#/, '').split('/').map(decode);
  if (head !== 'room' || roomId === undefined || roomId === '') return { roomId: undefined, panel: undefined };
  if (kind === 'members') return { roomId, panel: { kind: 'members' } };
  if (kind === 'transcript' && rootId !== undefined && rootId !== '' && eventId !== undefined && eventId !== '')
    return { roomId, panel: { kind: 'transcript', rootId, eventId } };
  if (kind === 'thread' && rootId !== undefined && rootId !== '') {
    return {
      roomId,
      panel: { kind: 'thread', rootId, ...(eventId === undefined || eventId === '' ? {} : { eventId }) },
    };
  }
  return { roomId, panel: undefined };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

export function formatRoute(route: Route): string {
  if (route.roomId === undefined) return '#/';
  const room = `#/room/${encodeURIComponent(route.roomId)}`;
  if (route.panel === undefined) return room;
  if (route.panel.kind === 'members') return `${room}/members`;
  const { rootId, eventId } = route.panel;
  if (route.panel.kind === 'transcript')
    return `${room}/transcript/${encodeURIComponent(rootId)}/${encodeURIComponent(route.panel.eventId)}`;
  const thread = `${room}/thread/${encodeURIComponent(rootId)}`;
  return eventId === undefined ? thread : `${thread}/${encodeURIComponent(eventId)}`;
}

export function navigate(route: Route): void {
  window.location.hash = formatRoute(route);
}

/** The same, without a step in the browser's history. */
export function replaceRoute(route: Route): void {
  window.location.replace(formatRoute(route));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return parseRoute(hash);
}
