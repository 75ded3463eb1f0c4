import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseParameters, type Parameters } from './parameters.ts';

const complete = {
  widgetId: 'w1',
  parentUrl: 'https://chat.example.org/#/room/x',
  userId: '@alice:example.org',
  deviceId: 'DEV',
  roomId: '!room:example.org',
  baseUrl: 'https://matrix.example.org/',
};

function parse(values: Record<string, string>, search = ''): Parameters {
  const parsed = parseParameters(`#?${new URLSearchParams(values).toString()}`, search);
  if (!parsed.ok) throw new Error(parsed.missing.join());
  return parsed.parameters;
}

describe('parseParameters', () => {
  test('reads what Element Web gives', () => {
    expect(
      parse({
        ...complete,
        intent: 'join_existing',
        skipLobby: 'true',
        perParticipantE2EE: 'true',
        theme: 'dark',
        lang: 'fr',
        fontScale: '1.25',
      }),
    ).toMatchObject({
      parentOrigin: 'https://chat.example.org',
      baseUrl: 'https://matrix.example.org',
      skipLobby: true,
      encrypted: true,
      theme: 'dark',
      language: 'fr',
      fontScale: 1.25,
      notification: 'none',
      direct: false,
      voiceOnly: false,
    });
  });

  test('an intent decides what is not said', () => {
    expect(parse({ ...complete, intent: 'start_call' })).toMatchObject({
      skipLobby: true,
      notification: 'notification',
    });
    expect(parse({ ...complete, intent: 'start_call_dm_voice' })).toMatchObject({
      notification: 'ring',
      direct: true,
      voiceOnly: true,
    });
    expect(parse({ ...complete, intent: 'join_existing' })).toMatchObject({ skipLobby: false, notification: 'none' });
    expect(
      parse({ ...complete, intent: 'start_call', skipLobby: 'false', sendNotificationType: 'ring' }),
    ).toMatchObject({
      skipLobby: false,
      notification: 'ring',
    });
  });

  test('the fragment wins over the query, and the query is enough', () => {
    expect(parse({ ...complete, lang: 'fr' }, '?lang=en').language).toBe('fr');
    const parsed = parseParameters('', `?${new URLSearchParams(complete).toString()}`);
    expect(parsed.ok).toBe(true);
  });

  test('a desktop messenger with its own scheme has an origin too', () => {
    expect(parse({ ...complete, parentUrl: 'vector://vector/webapp/index.html' }).parentOrigin).toBe('vector://vector');
  });

  test('names what is missing or unusable', () => {
    const parsed = parseParameters('#?roomId=room&baseUrl=javascript:1&userId=$matrix_user_id&lang=fr', '');
    expect(parsed).toEqual({
      ok: false,
      missing: ['widgetId', 'parentUrl', 'userId', 'deviceId', 'roomId', 'baseUrl'],
      language: 'fr',
    });
  });

  test('no address makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (hash, search) => {
        parseParameters(hash, search);
      }),
    );
  });
});
