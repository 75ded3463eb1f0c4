import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createDelivery, MOST_DROPPABLE_WAITING, MOST_WAITING, SEND_TIMEOUT_MS } from './delivery.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function setUp() {
  const sent: string[] = [];
  const failures: unknown[] = [];
  const delivery = createDelivery((error) => failures.push(error));
  return {
    delivery,
    sent,
    failures,
    say: (text: string, droppable = false) =>
      delivery.send(() => {
        sent.push(text);
        return Promise.resolve();
      }, droppable),
    /** One that never ends by itself. */
    hang: () => delivery.send(() => new Promise(() => undefined), false),
  };
}

describe('captions on their way', () => {
  test('go one after the other, whatever becomes of the one before', async () => {
    const { delivery, say, sent, failures } = setUp();
    say('one');
    delivery.send(() => Promise.reject(new Error('no')), false);
    say('two');
    await jest.advanceTimersByTimeAsync(0);
    expect([sent, failures.length]).toEqual([['one', 'two'], 1]);
  });

  test('do not wait for ever for one that hangs', async () => {
    const { say, hang, sent, failures } = setUp();
    hang();
    say('after');
    await jest.advanceTimersByTimeAsync(SEND_TIMEOUT_MS - 1);
    expect(sent).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect([sent, failures.length]).toEqual([['after'], 1]);
  });

  test('are bounded: interim texts are left out first, and the trouble is told once', async () => {
    const { say, hang, sent, failures } = setUp();
    hang();
    for (let count = 0; count < MOST_WAITING; count += 1) say('interim', true);
    for (let count = 0; count < 2 * MOST_WAITING; count += 1) say('final');
    expect(failures).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(SEND_TIMEOUT_MS);
    expect(sent.filter((text) => text === 'interim')).toHaveLength(MOST_DROPPABLE_WAITING);
    expect(sent).toHaveLength(MOST_WAITING);
  });
});
