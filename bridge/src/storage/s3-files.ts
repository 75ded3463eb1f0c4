import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { FileAbsent, type Files } from './files.ts';

/** Object storage with the S3 protocol. */
export interface S3Place {
  /** undefined: Amazon's own, by region. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly bucket: string;
  /** Before every name: several services may share a bucket. */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Until it answers, and between two pieces of an answer. */
const SILENCE_TIMEOUT_MS = 30_000;
const ATTEMPTS = 4;
/** Held in memory while it is on its way; of 10 000 parts at most. */
const PART_BYTES = 16 * 1_048_576;

function isAbsent(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;
}

export function createS3Files(place: S3Place): Files {
  const { bucket, endpoint, region, accessKeyId, secretAccessKey } = place;
  const client = new S3Client({
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: SILENCE_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    // Not every server of this protocol knows the newer checksums; what is sealed proves itself.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const at = (name: string) => ({ Bucket: bucket, Key: `${place.prefix}${name}` });

  return {
    write: async (name, content, signal) => {
      signal.throwIfAborted();
      const body = Readable.from(content);
      const upload = new Upload({
        client,
        params: { ...at(name), Body: body, ContentType: 'application/octet-stream' },
        partSize: PART_BYTES,
        queueSize: 1,
      });
      const end = (): void => void upload.abort();
      signal.addEventListener('abort', end);
      try {
        await upload.done();
      } finally {
        signal.removeEventListener('abort', end);
        // An upload that has ended goes on reading until a part is full.
        body.destroy();
      }
    },
    read: async (name, range) => {
      try {
        const { Body: body } = await client.send(
          new GetObjectCommand({
            ...at(name),
            ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` }),
          }),
        );
        if (body instanceof Readable) return body;
        throw new Error('object storage answered without a body');
      } catch (error) {
        throw isAbsent(error) ? new FileAbsent({ cause: error }) : error;
      }
    },
    size: async (name) => {
      try {
        return (await client.send(new HeadObjectCommand(at(name)))).ContentLength;
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
    remove: async (name) => {
      await client.send(new DeleteObjectCommand(at(name)));
    },
    close: () => client.destroy(),
  };
}
