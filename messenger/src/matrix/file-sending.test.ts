import { describe, expect, test } from '@jest/globals';
import type { MatrixClient, UploadOpts } from 'matrix-js-sdk';
import { createStore } from '../store/store.ts';
import { createFileSending } from './file-sending.ts';

const ROOM = '!room';

/** Files go to a server that answers when the test says so, whatever becomes of the abort signal. */
function setUp() {
  const answers: { opts: UploadOpts; resolve: () => void }[] = [];
  const posted: unknown[] = [];
  const store = createStore({ theme: 'system', language: 'en' });
  const client = {
    getRoom: () => null,
    uploadContent: (_file: Blob, opts: UploadOpts) =>
      new Promise((resolve) => {
        answers.push({ opts, resolve: () => resolve({ content_uri: 'mxc://home.example/1' }) });
      }),
  };
  const files = createFileSending({
    client: client as unknown as MatrixClient,
    store,
    post: (_roomId, _threadId, content) => {
      posted.push(content);
      return Promise.resolve();
    },
  });
  const rows = () => store.getState().uploads;
  return { files, answers, posted, rows };
}

const file = () => new File(['words'], 'notes.txt', { type: 'text/plain' });
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('sending a file', () => {
  test('uploads it, posts it, and clears its row', async () => {
    const { files, answers, posted, rows } = setUp();
    files.send(ROOM, undefined, [file()]);
    await settle();
    expect(rows()).toMatchObject([{ name: 'notes.txt', state: 'uploading' }]);
    answers[0]?.resolve();
    await settle();
    expect(posted).toMatchObject([{ msgtype: 'm.file', body: 'notes.txt', url: 'mxc://home.example/1' }]);
    expect(rows()).toEqual([]);
  });

  test('cancelled before the upload starts, it is never uploaded', async () => {
    const { files, answers, posted, rows } = setUp();
    files.send(ROOM, undefined, [file()]);
    files.cancel(rows()[0]?.id ?? '');
    await settle();
    expect(answers).toEqual([]);
    expect(posted).toEqual([]);
    expect(rows()).toEqual([]);
  });

  test('cancelled while it uploads, it is not posted, and late progress does not bring its row back', async () => {
    const { files, answers, posted, rows } = setUp();
    files.send(ROOM, undefined, [file()]);
    await settle();
    files.cancel(rows()[0]?.id ?? '');
    expect(answers[0]?.opts.abortController?.signal.aborted).toBe(true);
    answers[0]?.opts.progressHandler?.({ loaded: 3, total: 5 });
    expect(rows()).toEqual([]);
    answers[0]?.resolve();
    await settle();
    expect(posted).toEqual([]);
  });

  test('closing stops everything', async () => {
    const { files, answers, posted } = setUp();
    files.send(ROOM, undefined, [file(), file()]);
    await settle();
    files.close();
    expect(answers.map((answer) => answer.opts.abortController?.signal.aborted)).toEqual([true, true]);
    for (const answer of answers) answer.resolve();
    await settle();
    expect(posted).toEqual([]);
  });
});
