/** @jest-environment jsdom */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { startWords } from '../../i18n/index.ts';
import { AccountContext } from '../../app/context.ts';
import type { Account } from '../../matrix/messenger.ts';
import type { ChangeItem, RemovedItem } from '../../store/model.ts';
import { Timeline } from './Timeline.tsx';

/** jsdom lays nothing out: each item is 100 px high, in a window of 200 px. */
const ITEM_PX = 100;
let itemCount = 0;
let reachTop: () => void = () => undefined;

class FakeIntersectionObserver {
  constructor(listener: (entries: readonly { isIntersecting: boolean }[]) => void) {
    reachTop = () => listener([{ isIntersecting: true }]);
  }
  observe = (): void => undefined;
  disconnect = (): void => undefined;
}
let resize: () => void = () => undefined;
class FakeResizeObserver {
  constructor(listener: () => void) {
    resize = listener;
  }
  observe = (): void => undefined;
  disconnect = (): void => undefined;
}

beforeEach(async () => {
  await startWords('en');
  Object.assign(globalThis, { IntersectionObserver: FakeIntersectionObserver, ResizeObserver: FakeResizeObserver });
  jest.spyOn(Element.prototype, 'scrollHeight', 'get').mockImplementation(() => itemCount * ITEM_PX);
  jest.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(200);
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  cleanup();
  jest.restoreAllMocks();
});

const item = (number: number): ChangeItem => ({
  kind: 'change',
  key: `k${number}`,
  id: `$${number}`,
  sentMs: Date.UTC(2026, 0, 1, 12, number),
  sender: { userId: '@a:x', name: 'Alice', avatarMxc: undefined },
  mine: false,
  change: { code: 'joined', whom: `person ${number}` },
});
const range = (from: number, to: number): ChangeItem[] =>
  Array.from({ length: to - from }, (_, index) => item(from + index));

function open(onOlder: () => Promise<void>) {
  const draw = (items: readonly ChangeItem[]) => {
    itemCount = items.length;
    return <Timeline roomId="!r" items={items} label="Messages" inThread={false} onOlder={onOlder} />;
  };
  const view = render(draw(range(10, 20)));
  const log = screen.getByRole('log');
  return { log, show: (items: readonly ChangeItem[]) => view.rerender(draw(items)) };
}
const scrollTo = (log: HTMLElement, px: number): void => {
  log.scrollTop = px;
  fireEvent.scroll(log);
};

test('stays at the end while new items come, and in place when one has scrolled away', () => {
  const { log, show } = open(() => Promise.resolve());
  expect(log.scrollTop).toBe(1000);
  show(range(10, 21));
  expect(log.scrollTop).toBe(1100);
  scrollTo(log, 300);
  show(range(10, 25));
  expect(log.scrollTop).toBe(300);
});

test('is at the end again when it is shown again, however much has grown while it was hidden', () => {
  const { log, show } = open(() => Promise.resolve());
  const height = jest.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(0);
  itemCount = 0;
  act(resize);
  show(range(10, 30));
  height.mockReturnValue(200);
  // As browsers do it: the former place, the event, and only then the size.
  scrollTo(log, 800);
  act(resize);
  expect(log.scrollTop).toBe(2000);
});

test('older items come in above what is read, wherever one has scrolled meanwhile', async () => {
  let arrive: () => void = () => undefined;
  const { log, show } = open(() => new Promise((resolve) => (arrive = resolve)));
  scrollTo(log, 0);
  act(reachTop);
  scrollTo(log, 50);
  show(range(10, 21));
  show(range(5, 21));
  await act(async () => {
    arrive();
    await Promise.resolve();
  });
  expect(log.scrollTop).toBe(550);
});

test('a failure is said, moves nothing, then or later, and can be tried again', async () => {
  const older = jest.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('offline')).mockResolvedValue();
  const { log, show } = open(older);
  scrollTo(log, 100);
  await act(async () => {
    reachTop();
    await Promise.resolve();
  });
  expect(screen.getByRole('alert').textContent).toContain('could not be loaded');
  scrollTo(log, 400);
  show(range(10, 21));
  expect(log.scrollTop).toBe(400);
  await act(async () => {
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await Promise.resolve();
  });
  expect(older).toHaveBeenCalledTimes(2);
  expect(screen.queryByRole('alert')).toBeNull();
});

test('the message that was asked for is brought to the top with the focus, once it is there, until one scrolls away', () => {
  const said = (number: number): RemovedItem => {
    const { key, id, sentMs, sender, mine } = item(number);
    return { kind: 'removed', key, id, sentMs, sender, mine };
  };
  const onTarget = jest.fn();
  const draw = (numbers: readonly number[], targetId: string | undefined) => {
    itemCount = numbers.length;
    return (
      <AccountContext value={{} as unknown as Account}>
        <Timeline
          roomId="!r"
          items={numbers.map(said)}
          label="Thread"
          inThread
          targetId={targetId}
          onTarget={onTarget}
        />
      </AccountContext>
    );
  };
  jest.spyOn(Element.prototype, 'getBoundingClientRect').mockImplementation(function (this: Element) {
    const shown = [...document.querySelectorAll('[data-event-id]')];
    const index = shown.indexOf(this);
    return new DOMRect(0, index < 0 ? 0 : index * ITEM_PX - screen.getByRole('log').scrollTop, 0, 0);
  });
  const { rerender } = render(draw([5, 6, 7], '$3'));
  const log = screen.getByRole('log');
  expect(onTarget).not.toHaveBeenCalled();
  expect(log.scrollTop).toBe(300);
  rerender(draw([2, 3, 4, 5, 6, 7], '$3'));
  expect(log.scrollTop).toBe(100);
  expect(document.activeElement?.getAttribute('data-event-id')).toBe('$3');
  expect(onTarget).toHaveBeenCalledTimes(1);
  fireEvent.scroll(log);
  rerender(draw([0, 1, 2, 3, 4, 5, 6, 7], undefined));
  expect(log.scrollTop).toBe(300);
  scrollTo(log, 400);
  rerender(draw([0, 1, 2, 3, 4, 5, 6, 7, 8], undefined));
  expect(log.scrollTop).toBe(400);
  expect(onTarget).toHaveBeenCalledTimes(1);
});
