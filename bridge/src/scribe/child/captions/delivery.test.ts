import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  createDelivery,
  MOST_DROPPABLE_WAITING,
  MOST_FINALS_WAITING,
  SEND_AGAIN_MS,
  SEND_TIMEOUT_MS,
} from './delivery.ts';

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
  const network = { works: true, hangs: false };
  return {
    delivery,
    sent,
    failures,
    network,
    say: (text: string, droppable = false) =>
      delivery.send(async () => {
        if (network.hangs) await new Promise(() => undefined);
        if (!network.works) throw new Error('no');
        sent.push(text);
      }, droppable),
  };
}

describe('captions on their way', () => {
  test('final texts are tried again until they are out, in their order; interim texts are not', async () => {
    const { delivery, network, say, sent, failures } = setUp();
    network.works = false;
    say('hel', true);
    say('hello');
    say('wor', true);
    say('world');
    await jest.advanceTimersByTimeAsync(10 * 60_000);
    expect([sent, failures.length]).toEqual([[], 1]);
    expect(delivery.waitingSinceMs()).toBe(Date.now() - 10 * 60_000);
    network.works = true;
    await jest.advanceTimersByTimeAsync(SEND_AGAIN_MS);
    expect(sent).toEqual(['hello', 'wor', 'world']);
    expect(delivery.waitingSinceMs()).toBeUndefined();
  });

  test('one that hangs does not hold up the others for ever, and is sent again', async () => {
    const { network, say, sent } = setUp();
    network.hangs = true;
    say('one');
    say('two');
    network.hangs = false;
    await jest.advanceTimersByTimeAsync(SEND_TIMEOUT_MS - 1);
    expect(sent).toEqual([]);
    await jest.advanceTimersByTimeAsync(1 + SEND_AGAIN_MS);
    expect(sent).toEqual(['one', 'two']);
  });

  test('are bounded: few interim texts wait, and of final ones as many as a screen keeps', async () => {
    const { network, say, sent, failures } = setUp();
    network.hangs = true;
    say('first');
    for (let count = 0; count < 2 * MOST_DROPPABLE_WAITING; count += 1) say('interim', true);
    for (let count = 0; count < MOST_FINALS_WAITING + 100; count += 1) say(`final ${count}`);
    network.hangs = false;
    await jest.advanceTimersByTimeAsync(SEND_TIMEOUT_MS + SEND_AGAIN_MS);
    expect(failures).toHaveLength(1);
    expect(sent.filter((text) => text === 'interim')).toHaveLength(MOST_DROPPABLE_WAITING);
    expect(sent.filter((text) => text !== 'interim')).toEqual(
      Array.from({ length: MOST_FINALS_WAITING }, (_, index) => `final ${index + 100}`),
    );
  });

  test('closed, nothing is tried again', async () => {
    const { delivery, network, say, sent } = setUp();
    network.works = false;
    say('one');
    await jest.advanceTimersByTimeAsync(SEND_AGAIN_MS);
    delivery.close();
    network.works = true;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual([]);
  });
});
