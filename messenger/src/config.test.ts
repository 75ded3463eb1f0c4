import { describe, expect, test } from '@jest/globals';
import { parseConfig } from './config.ts';

const least = { apiUrl: 'http://localhost:1/', widgetUrl: 'http://localhost:2', serverName: 'home.example' };

describe('parseConfig', () => {
  test('fills in the page of our own widget and the names of the bots', () => {
    expect(parseConfig(least)).toEqual({
      apiUrl: 'http://localhost:1',
      serverName: 'home.example',
      callPageUrl: 'http://localhost:2/index.html',
      watcherUserId: '@palabre:home.example',
      scribeUserId: '@palabre-scribe:home.example',
    });
  });

  test('another build of a call widget takes the place of ours', () => {
    const config = parseConfig({ ...least, callWidgetUrl: 'http://localhost:3/ec/index.html' });
    expect(config.callPageUrl).toBe('http://localhost:3/ec/index.html');
  });

  test.each([{}, { ...least, apiUrl: 'nowhere' }, { ...least, serverName: '' }, null])('refuses %j', (raw) => {
    expect(() => parseConfig(raw)).toThrow();
  });
});
