/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import type { NoticeBlock } from '@palabre/protocol';
import { cleanup, render, screen } from '@testing-library/react';
import { startWords } from '../../i18n/index.ts';
import type { MessageItem } from '../../store/model.ts';
import { NoticeCard } from './NoticeCard.tsx';

afterEach(cleanup);

const shown = (code: string): string | null => {
  const block: NoticeBlock = { kind: 'notice', level: 'info', code };
  render(<NoticeCard item={{ body: 'As it was posted.' } as MessageItem} block={block} />);
  return screen.getByTestId('result-notice').textContent;
};

test('a notice whose code says it all reads in the language of the reader', async () => {
  await startWords('fr');
  expect(shown('recording_empty')).toBe('Rien n’a été enregistré\u00a0: l’enregistreur n’a pas pu démarrer.');
});

test('one that names people, or whose code is not known, reads as it was posted', async () => {
  await startWords('fr');
  for (const code of ['minutes_approved', 'M_FORBIDDEN', 'of_tomorrow', 'constructor']) {
    expect(shown(code)).toBe('As it was posted.');
    cleanup();
  }
});
