import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { nameParts } from './artifact-name.ts';
import { ArtifactMissingError } from './artifact-store.ts';
import { createS3Client } from './s3-client.ts';
import { brokenTransfer, isMissingObject, isNameless, s3Failure } from './s3-failure.ts';
import type { S3Settings } from './s3-settings.ts';
import type { Chunks } from './write-file.ts';

/** Larger objects are sent in parts, of which so many are in memory at a time. S3 asks for 5 MiB. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;

/** The calls to an object store, one object for each artifact, with their errors turned into ours. */
export interface S3Objects {
  /** @returns null when there is no such object, or no such bucket. */
  head(sha256: string): Promise<HeadObjectCommandOutput | null>;
  /** Whether the object is there as we would write it. */
  isStored(sha256: string, size: number): Promise<boolean>;
  write(sha256: string, bytes: Uint8Array): Promise<void>;
  /** The object appears when all chunks were read; an error of theirs is passed on as it is. */
  writeParts(sha256: string, chunks: Chunks): Promise<void>;
  /** @throws {ArtifactMissingError} when there is no such object. */
  read<T>(sha256: string, use: (chunks: Chunks) => Promise<T>): Promise<T>;
  /** @throws {ArtifactStoreRefusedError} when there is no such bucket, or it is not for us. */
  requireBucket(): Promise<void>;
}

export function openObjects(settings: S3Settings): S3Objects {
  const client = createS3Client(settings);
  const Bucket = settings.bucket;
  const objectOf = (sha256: string) => ({
    Bucket,
    Key: [settings.prefix, ...nameParts(sha256)].filter((part) => part !== '').join('/'),
  });
  const orOurs = <T>(call: Promise<T>): Promise<T> =>
    call.catch((error: unknown) => {
      throw s3Failure(error, settings);
    });

  /** A list, because a HEAD of the bucket would have no body that says what is wrong. */
  async function requireBucket(): Promise<void> {
    const list = { Bucket, Prefix: settings.prefix, MaxKeys: 1 };
    await orOurs(client.send(new ListObjectsV2Command(list)));
  }

  async function head(sha256: string): Promise<HeadObjectCommandOutput | null> {
    const object = objectOf(sha256);
    try {
      return await client.send(new HeadObjectCommand(object));
    } catch (error) {
      if (isMissingObject(error)) return null;
      if (isNameless(error)) await requireBucket();
      throw s3Failure(error, settings);
    }
  }

  return {
    head,
    requireBucket,
    async isStored(sha256, size) {
      const found = await head(sha256);
      return found?.ContentLength === size && found.Metadata?.['sha256'] === sha256;
    },
    async write(sha256, bytes) {
      const object = { ...objectOf(sha256), Body: bytes, Metadata: { sha256 } };
      await orOurs(client.send(new PutObjectCommand(object)));
    },
    writeParts: (sha256, chunks) =>
      sendParts(client, settings, { ...objectOf(sha256), Metadata: { sha256 } }, chunks),
    async read(sha256, use) {
      const object = objectOf(sha256);
      const { Body, ContentLength } = await client
        .send(new GetObjectCommand(object))
        .catch((error: unknown) => {
          throw isMissingObject(error)
            ? new ArtifactMissingError(sha256)
            : s3Failure(error, settings);
        });
      const body = Body as Readable;
      try {
        return await use(allOf(body, ContentLength ?? 0, () => brokenTransfer(settings, sha256)));
      } finally {
        body.destroy();
      }
    },
  };
}

async function sendParts(
  client: S3Client,
  settings: S3Settings,
  object: { Bucket: string; Key: string; Metadata: Record<string, string> },
  chunks: Chunks,
): Promise<void> {
  const body = Readable.from(chunks);
  // Told apart from the store's own: a file that cannot be read is no store that is away.
  const unreadable: Error[] = [];
  body.once('error', (error) => {
    // The upload gives up reading in this way when the store fails.
    if (error.name !== 'AbortError') unreadable.push(error);
  });
  const params = { ...object, Body: body };
  const upload = new Upload({ client, params, partSize: PART_BYTES, queueSize: PARTS_AT_ONCE });
  try {
    await upload.done();
  } catch (error) {
    throw unreadable[0] ?? s3Failure(error, settings);
  } finally {
    body.destroy();
  }
}

/** Passes bytes on. A transfer that breaks off is no corrupt artifact: it is tried again. */
async function* allOf(body: Readable, size: number, broken: () => Error): AsyncGenerator<Buffer> {
  let received = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received += chunk.length;
      yield chunk;
    }
  } catch {
    throw broken();
  }
  if (received < size) throw broken();
}
