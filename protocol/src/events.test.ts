import { expect, test } from '@jest/globals';
import { COMMAND_REACTIONS, commandOfReaction, isRaisedHand, RAISED_HAND_REACTION } from './events.ts';

test('a raised hand is no command, and no command is a raised hand', () => {
  expect(commandOfReaction(RAISED_HAND_REACTION)).toBeUndefined();
  expect(Object.values(COMMAND_REACTIONS).filter(isRaisedHand)).toEqual([]);
});

test.each([
  ['\u23F8', 'pause'],
  ['\u23F8\uFE0F', 'pause'],
  ['\u25B6', 'resume'],
  ['\u25B6\uFE0F', 'resume'],
])('%s is a command, with its variation selector or without', (key, command) => {
  expect(commandOfReaction(key)).toBe(command);
});

test.each(['\u{1F590}\uFE0F', '\u{1F590}'])('%s is a raised hand', (key) => {
  expect(isRaisedHand(key)).toBe(true);
});

test('another hand is not', () => {
  expect(['✋', '👋', ''].filter(isRaisedHand)).toEqual([]);
});
