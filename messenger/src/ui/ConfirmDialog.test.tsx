/** @jest-environment jsdom */
import { afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { startWords } from '../i18n/index.ts';
import { ConfirmDialog } from './ConfirmDialog.tsx';

beforeAll(async () => {
  // Asked for by react-aria; jsdom has none.
  Object.assign(globalThis, { CSS: { escape: (text: string) => text } });
  await startWords('en');
});
afterEach(cleanup);

test('what was refused is said and can be tried again; what was done closes it', async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const remove = jest.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('refused')).mockResolvedValue();
  const close = jest.fn();
  render(<ConfirmDialog title="Remove?" body="For all." confirm="Remove" onConfirm={remove} onClose={close} />);
  const press = (): Promise<void> =>
    act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Remove' }));
      await Promise.resolve();
    });
  await press();
  expect(screen.getByRole('alert').textContent).toContain('did not work');
  expect(close).not.toHaveBeenCalled();
  await press();
  expect(close).toHaveBeenCalledTimes(1);
});
