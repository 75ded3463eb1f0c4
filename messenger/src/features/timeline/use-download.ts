import type { Attachment } from '@palabre/transcript';
import { useState } from 'react';
import { useAccount } from '../../app/context.ts';
import { useFileName } from './use-file-name.ts';

/** Hands bytes to the person under a file name. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser needs the address until it has begun to read.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export interface Download {
  readonly state: 'idle' | 'loading' | 'failed';
  readonly percent: number | undefined;
  readonly start: () => void;
}

/** Fetches, decrypts and saves a file. */
export function useDownload(attachment: Attachment): Download {
  const { media } = useAccount();
  const name = useFileName(attachment);
  const [state, setState] = useState<Download['state']>('idle');
  const [percent, setPercent] = useState<number>();
  const run = async (): Promise<void> => {
    setState('loading');
    try {
      const blob = await media.load(attachment.source, attachment.mimeType, {
        onProgress: ({ loadedBytes, totalBytes }) =>
          setPercent(totalBytes === undefined ? undefined : Math.floor((loadedBytes / totalBytes) * 100)),
      });
      saveBlob(blob, name);
      setState('idle');
    } catch (error) {
      console.error(error);
      setState('failed');
    }
  };
  return { state, percent, start: () => void run() };
}
