/** @jest-environment jsdom */
import { afterEach, expect, test } from '@jest/globals';
import { draftKey, forgetDrafts, returnToDraft } from './drafts.ts';

afterEach(() => sessionStorage.clear());

test('drafts belong to one person, and are forgotten together', () => {
  const mine = draftKey('@alice:home.example', '!room', undefined);
  expect(mine).not.toBe(draftKey('@bob:home.example', '!room', undefined));
  sessionStorage.setItem(mine, 'words');
  sessionStorage.setItem(draftKey('@alice:home.example', '!room', '$root'), 'more words');
  sessionStorage.setItem('other', 'kept');
  forgetDrafts(sessionStorage);
  expect(Object.keys(sessionStorage)).toEqual(['other']);
});

test('words that were not sent come back, before what was typed since', () => {
  expect(returnToDraft(sessionStorage, 'key', 'first')).toBe('first');
  expect(returnToDraft(sessionStorage, 'key', 'zeroth')).toBe('zeroth\nfirst');
  expect(sessionStorage.getItem('key')).toBe('zeroth\nfirst');
});
