import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { harmlessType, readAttachment } from './attachment.ts';

const file = {
  url: 'mxc://home.example/abc',
  key: { kty: 'oct', key_ops: ['encrypt', 'decrypt'], alg: 'A256CTR', k: 'k', ext: true },
  iv: 'iv',
  v: 'v2',
  hashes: { sha256: 'h' },
};

describe('readAttachment', () => {
  test('plain media', () => {
    const content = {
      msgtype: 'm.image',
      body: 'a.png',
      url: 'mxc://x/1',
      info: { mimetype: 'image/png', w: 4, h: 3 },
    };
    expect(readAttachment(content)).toMatchObject({
      type: 'image',
      name: 'a.png',
      width: 4,
      source: { kind: 'plain', mxc: 'mxc://x/1' },
    });
  });

  test('encrypted media wins over a plain address beside it', () => {
    const read = readAttachment({ msgtype: 'm.video', body: 'v', filename: 'f.mp4', url: 'mxc://x/1', file });
    expect(read).toMatchObject({ type: 'video', name: 'f.mp4', source: { kind: 'encrypted' } });
  });

  test('a file without a name gets no word of ours', () => {
    expect(readAttachment({ msgtype: 'm.file', body: '', url: 'mxc://x/1' })?.name).toBe('');
  });

  test.each([
    { msgtype: 'm.text', body: 'hello' },
    { msgtype: 'm.file', body: 'x' },
    { msgtype: 'm.file', body: 'x', url: 'https://tracker.example/x' },
    null,
  ])('none in %j', (content) => {
    expect(readAttachment(content)).toBeUndefined();
  });

  test('damaged details do not hide the file', () => {
    const read = readAttachment({ msgtype: 'm.file', body: 'x', url: 'mxc://x/1', info: { size: 'large', w: null } });
    expect(read?.source).toEqual({ kind: 'plain', mxc: 'mxc://x/1' });
    expect(read?.sizeBytes).toBeUndefined();
  });

  test('takes anything without failing', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (info, url) => {
        readAttachment({ msgtype: 'm.image', body: 1, info, url });
      }),
    );
  });
});

test.each([
  ['text/html', 'application/octet-stream'],
  ['image/svg+xml', 'application/octet-stream'],
  ['IMAGE/PNG; charset=x', 'image/png'],
  ['video/mp4', 'video/mp4'],
])('a blob said to be %s is given the type %s', (said, given) => {
  expect(harmlessType(said)).toBe(given);
});
