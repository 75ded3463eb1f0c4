/**
 * Lets widget messages through only when they come from the messenger's window and origin. The widget API library checks
 * neither, and any page that holds a handle on this window could otherwise speak in the messenger's name. Must be called
 * before the library listens: listeners on one target run in the order in which they were added.
 * @returns a function that takes the guard away
 */
export function guardMessages(window: Window, parentOrigin: string): () => void {
  const guard = (event: MessageEvent<unknown>): void => {
    if (event.source === window.parent && event.origin === parentOrigin) return;
    const data = event.data;
    if (typeof data === 'object' && data !== null && ('widgetId' in data || 'api' in data))
      event.stopImmediatePropagation();
  };
  window.addEventListener('message', guard, true);
  return () => window.removeEventListener('message', guard, true);
}
