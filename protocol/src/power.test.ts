import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inviteLevel, moderatorLevel, powerOf, redactLevel } from './power.ts';

const createV11 = { sender: '@carol:x', content: { room_version: '11' } };
const createV12 = { sender: '@carol:x', content: { room_version: '12', additional_creators: ['@dave:x'] } };

describe('powerOf', () => {
  test('version 11: listed users, default for the rest', () => {
    const levels = { users: { '@carol:x': 100, '@mod:x': 50 }, users_default: 5 };
    expect(powerOf(createV11, levels, '@carol:x')).toBe(100);
    expect(powerOf(createV11, levels, '@mod:x')).toBe(50);
    expect(powerOf(createV11, levels, '@nobody:x')).toBe(5);
  });

  test('version 11: a creator who gave up their power has none', () => {
    expect(powerOf(createV11, { users: { '@mod:x': 100 } }, '@carol:x')).toBe(0);
  });

  test('version 12: creators stand above every level and are not listed', () => {
    expect(powerOf(createV12, { users: {} }, '@carol:x')).toBe(Infinity);
    expect(powerOf(createV12, { users: {} }, '@dave:x')).toBe(Infinity);
    expect(powerOf(createV12, { users: { '@mod:x': 50 } }, '@mod:x')).toBe(50);
  });

  test('without a power level event the creator has 100', () => {
    expect(powerOf(createV11, undefined, '@carol:x')).toBe(100);
    expect(powerOf(createV11, undefined, '@mod:x')).toBe(0);
    expect(powerOf({ sender: '@a:x', content: { creator: '@b:x' } }, undefined, '@b:x')).toBe(100);
  });

  test('string levels of old rooms count; other junk falls back to the default', () => {
    expect(powerOf(createV11, { users: { '@mod:x': '50' } }, '@mod:x')).toBe(50);
    expect(powerOf(createV11, { users: { '@mod:x': { level: 100 } }, users_default: 1 }, '@mod:x')).toBe(1);
    expect(powerOf(createV11, { users: { '@mod:x': Number.NaN } }, '@mod:x')).toBe(0);
  });

  test('inherited property names are not users', () => {
    expect(powerOf(createV11, { users: {} }, 'constructor')).toBe(0);
  });

  test('never throws and always gives a number, whatever the event holds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.anything()),
        fc.anything(),
        fc.string(),
        (users, usersDefault, user) => {
          expect(typeof powerOf(createV11, { users, users_default: usersDefault }, user)).toBe('number');
        },
      ),
    );
  });
});

describe('levels', () => {
  test('defaults of the specification', () => {
    expect(moderatorLevel({})).toBe(50);
    expect(moderatorLevel(undefined)).toBe(50);
    expect(inviteLevel({})).toBe(0);
    expect(inviteLevel(undefined)).toBe(0);
    expect(redactLevel({})).toBe(50);
  });

  test("the room's own", () => {
    expect(moderatorLevel({ kick: 75 })).toBe(75);
    expect(inviteLevel({ invite: '50' })).toBe(50);
    expect(redactLevel({ redact: 30 })).toBe(30);
  });
});
