/** @jest-environment jsdom */
import { expect, test } from '@jest/globals';
import { draftKey, forgetDrafts } from './drafts.ts';

test('drafts belong to one person, and are forgotten together', () => {
  const mine = draftKey('@alice:home.example', '!room', undefined);
  expect(mine).not.toBe(draftKey('@bob:home.example', '!room', undefined));
  sessionStorage.setItem(mine, 'words');
  sessionStorage.setItem(draftKey('@alice:home.example', '!room', '$root'), 'more words');
  sessionStorage.setItem('other', 'kept');
  forgetDrafts(sessionStorage);
  expect(Object.keys(sessionStorage)).toEqual(['other']);
});
