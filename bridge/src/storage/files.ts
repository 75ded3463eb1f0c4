import type { Readable } from 'node:stream';

/** Large files that outlive their meeting, by name: a folder, or S3-compatible storage. What comes here is sealed already. */
export interface Files {
  /** There as a whole once this resolves, in place of whatever was there; before that, and if it fails, not at all. */
  write(name: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /**
   * @param range first byte and the one after the last; all of it without
   * @throws FileAbsent
   */
  read(name: string, range?: ByteRange): Promise<Readable>;
  /** @returns undefined when there is none */
  size(name: string): Promise<number | undefined>;
  /** No error when there is none. */
  remove(name: string): Promise<void>;
  close(): void;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** There is no such file. */
export class FileAbsent extends Error {
  override readonly name = 'FileAbsent';
  constructor(options?: ErrorOptions) {
    super('the file is not in storage', options);
  }
}
