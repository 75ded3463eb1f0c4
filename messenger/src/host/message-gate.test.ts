/** @jest-environment jsdom */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMessageGate } from './message-gate.ts';
import type { MessageGate } from './message-gate.ts';

const ORIGIN = 'http://widget.example';
const frame = {} as Window;
let heard: unknown[] = [];
let gate: MessageGate;
const listener = (event: MessageEvent): void => void heard.push(event.data);

function deliver(data: unknown, origin: string, source: Window): void {
  const event = new MessageEvent('message', { data, origin });
  // jsdom refuses sources that are not windows of its own.
  Object.defineProperty(event, 'source', { value: source });
  window.dispatchEvent(event);
}

beforeEach(() => {
  heard = [];
  gate = createMessageGate({ target: window, frame: () => frame, origin: ORIGIN, widgetId: 'call-1' });
  window.addEventListener('message', listener);
});
afterEach(() => {
  gate.close();
  window.removeEventListener('message', listener);
});

const request = { api: 'fromWidget', widgetId: 'call-1', requestId: '1', action: 'get_openid', data: {} };

describe('the message gate', () => {
  test('lets the widget through', () => {
    deliver(request, ORIGIN, frame);
    expect(heard).toEqual([request]);
  });

  test('stops another window, and another origin in the same window', () => {
    deliver(request, ORIGIN, {} as Window);
    deliver(request, 'http://elsewhere.example', frame);
    expect(heard).toEqual([]);
  });

  test('leaves messages alone that are not for this widget', () => {
    deliver({ widgetId: 'call-2' }, 'http://elsewhere.example', {} as Window);
    deliver('text', 'http://elsewhere.example', {} as Window);
    expect(heard).toHaveLength(2);
  });

  test('tells when the widget has answered, once and only for that action', async () => {
    let told = 0;
    const answered = gate.answered('update_state').then(() => (told += 1));
    deliver({ ...request, action: 'update_state', response: {} }, 'http://elsewhere.example', frame);
    deliver({ ...request, action: 'other', response: {} }, ORIGIN, frame);
    await Promise.resolve();
    expect(told).toBe(0);
    deliver({ ...request, action: 'update_state', response: {} }, ORIGIN, frame);
    await answered;
    expect(told).toBe(1);
  });
});
