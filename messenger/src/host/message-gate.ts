/** Part of a widget API message that the gate looks at. */
interface Envelope {
  readonly widgetId?: unknown;
  readonly action?: unknown;
  readonly response?: unknown;
}

export interface MessageGate {
  /** Resolves when the widget has answered the host's next request of this action. */
  answered(action: string): Promise<void>;
  close(): void;
}

/**
 * Stands before the widget API's own listener, which checks neither window nor origin of what it receives: lets messages for
 * `widgetId` through only from `frame` while that shows a page of `origin`. Must be created before the ClientWidgetApi.
 */
export function createMessageGate(options: {
  readonly target: Window;
  readonly frame: () => MessageEventSource | null;
  readonly origin: string;
  readonly widgetId: string;
}): MessageGate {
  const waiting = new Map<string, (() => void)[]>();
  const listener = (event: MessageEvent<unknown>): void => {
    if (typeof event.data !== 'object' || event.data === null) return;
    const envelope = event.data as Envelope;
    if (envelope.widgetId !== options.widgetId) return;
    if (event.source !== options.frame() || event.origin !== options.origin) {
      event.stopImmediatePropagation();
      return;
    }
    if (envelope.response === undefined || typeof envelope.action !== 'string') return;
    const resolvers = waiting.get(envelope.action) ?? [];
    waiting.delete(envelope.action);
    for (const resolve of resolvers) resolve();
  };
  options.target.addEventListener('message', listener, true);
  return {
    answered: (action) =>
      new Promise((resolve) => {
        waiting.set(action, [...(waiting.get(action) ?? []), resolve]);
      }),
    close: () => options.target.removeEventListener('message', listener, true),
  };
}
