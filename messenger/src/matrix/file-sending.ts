import { encryptAttachment } from 'matrix-encrypt-attachment';
import { MatrixError } from 'matrix-js-sdk';
import type { MatrixClient, UploadProgress } from 'matrix-js-sdk';
import { uploads } from '../store/slices.ts';
import type { Upload } from '../store/slices.ts';
import type { Store } from '../store/store.ts';

interface Measures {
  readonly w?: number;
  readonly h?: number;
  readonly duration?: number;
}

const MSGTYPES: Readonly<Record<string, string>> = { image: 'm.image', video: 'm.video', audio: 'm.audio' };

/** Size of a picture or film; nothing when the browser cannot read it. */
async function measure(file: File, kind: string): Promise<Measures> {
  if (kind === 'image') {
    try {
      const bitmap = await createImageBitmap(file);
      const measures = { w: bitmap.width, h: bitmap.height };
      bitmap.close();
      return measures;
    } catch {
      // Not a picture this browser knows: it is sent without its size.
      return {};
    }
  }
  if (kind !== 'video' && kind !== 'audio') return {};
  const url = URL.createObjectURL(file);
  try {
    return await new Promise<Measures>((resolve) => {
      const element = document.createElement(kind);
      element.preload = 'metadata';
      element.onloadedmetadata = () => {
        const duration = Number.isFinite(element.duration) ? { duration: Math.round(element.duration * 1000) } : {};
        resolve(
          element instanceof HTMLVideoElement
            ? { w: element.videoWidth, h: element.videoHeight, ...duration }
            : duration,
        );
      };
      element.onerror = () => resolve({});
      element.src = url;
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

export interface FileSending {
  send(roomId: string, threadId: string | undefined, files: readonly File[]): void;
  retry(uploadId: string): void;
  cancel(uploadId: string): void;
  /** Stops everything under way: what a session began does not outlive it. */
  close(): void;
}

/** Uploads files, encrypted where the room is, and posts them; a failed one stays in the list with its file. */
export function createFileSending(options: {
  readonly client: MatrixClient;
  readonly store: Store;
  readonly post: (roomId: string, threadId: string | undefined, content: Record<string, unknown>) => Promise<void>;
}): FileSending {
  const { client, store } = options;
  const jobs = new Map<string, { file: File; upload: Upload; abort: AbortController }>();

  const run = async (id: string): Promise<void> => {
    const job = jobs.get(id);
    if (job === undefined) return;
    const { file, upload } = job;
    const abort = new AbortController();
    job.abort = abort;
    // The SDK looks at the abort signal only while it uploads; before and after, this is what stops a cancelled file.
    const gone = (): boolean => abort.signal.aborted || jobs.get(id) !== job;
    const show = (change: Partial<Upload>): void => {
      if (!gone()) store.dispatch(uploads.actions.uploadChanged({ ...upload, ...change }));
    };
    show({});
    try {
      const kind = file.type.split('/')[0] ?? '';
      const info = {
        mimetype: file.type === '' ? 'application/octet-stream' : file.type,
        size: file.size,
        ...(await measure(file, kind)),
      };
      if (gone()) return;
      const progressHandler = ({ loaded, total }: UploadProgress): void =>
        show({ loadedBytes: loaded, totalBytes: total });
      const encrypted = client.getRoom(upload.roomId)?.hasEncryptionStateEvent() === true;
      const content: Record<string, unknown> = {
        msgtype: MSGTYPES[kind] ?? 'm.file',
        body: file.name,
        filename: file.name,
        info,
      };
      if (encrypted) {
        const plain = await file.arrayBuffer();
        if (gone()) return;
        const sealed = await encryptAttachment(plain);
        if (gone()) return;
        const { content_uri: url } = await client.uploadContent(new Blob([sealed.data]), {
          type: 'application/octet-stream',
          includeFilename: false,
          progressHandler,
          abortController: abort,
        });
        content.file = { ...sealed.info, url };
      } else {
        const { content_uri: url } = await client.uploadContent(file, {
          type: info.mimetype,
          progressHandler,
          abortController: abort,
        });
        content.url = url;
      }
      if (gone()) return;
      jobs.delete(id);
      store.dispatch(uploads.actions.uploadDone(id));
      await options.post(upload.roomId, upload.threadId, content);
    } catch (error) {
      if (gone()) return;
      const tooLarge = error instanceof MatrixError && error.httpStatus === 413;
      show({ state: tooLarge ? 'too-large' : 'failed' });
    }
  };

  return {
    send: (roomId, threadId, files) => {
      for (const file of files) {
        const id = crypto.randomUUID();
        const upload: Upload = {
          id,
          roomId,
          threadId,
          name: file.name,
          loadedBytes: 0,
          totalBytes: file.size,
          state: 'uploading',
        };
        jobs.set(id, { file, upload, abort: new AbortController() });
        void run(id);
      }
    },
    retry: (uploadId) => void run(uploadId),
    cancel: (uploadId) => {
      const job = jobs.get(uploadId);
      jobs.delete(uploadId);
      job?.abort.abort();
      store.dispatch(uploads.actions.uploadDone(uploadId));
    },
    close: () => {
      const stopped = [...jobs.values()];
      jobs.clear();
      for (const job of stopped) job.abort.abort();
    },
  };
}
