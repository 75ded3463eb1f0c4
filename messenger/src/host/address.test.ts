import { expect, test } from '@jest/globals';
import { callAddress } from './address.ts';

test('everything stands in the fragment, nothing in the query', () => {
  const url = new URL(
    callAddress({
      page: 'http://widget.example/index.html',
      widgetId: 'w',
      parentUrl: 'http://chat.example/?a=b c',
      userId: '@alice:home.example',
      deviceId: 'DEV',
      roomId: '!room/+id',
      baseUrl: 'http://api.example',
      encrypted: true,
      intent: 'join_existing',
      direct: true,
      skipLobby: false,
      language: 'fr',
      theme: 'dark',
      fontScale: 1.25,
    }),
  );
  expect(url.search).toBe('');
  expect(url.hash.startsWith('#?')).toBe(true);
  expect(url.hash).not.toContain('+');
  const parameters = new URLSearchParams(url.hash.slice(2));
  expect(parameters.get('roomId')).toBe('!room/+id');
  expect(parameters.get('intent')).toBe('join_existing_dm');
  expect(parameters.get('parentUrl')).toBe('http://chat.example/?a=b c');
  expect(parameters.get('perParticipantE2EE')).toBe('true');
  expect(parameters.get('lang')).toBe('fr');
});
