import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { hashOf, hashOfChunks, nameParts } from './artifact-name.ts';
import { ArtifactCorruptError, ArtifactMissingError } from './artifact-store.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { createS3Client } from './s3-client.ts';
import { brokenTransfer, isMissingObject, isNameless, s3Failure } from './s3-failure.ts';
import type { S3Settings } from './s3-settings.ts';
import { orRemove, readChunks, writeNew } from './write-file.ts';
import type { Chunks } from './write-file.ts';

const MIB = 1024 * 1024;
/** Files up to this size are sent in one piece, from memory. */
const WHOLE_BYTES_MAX = 4 * MIB;
/** Larger ones are sent in parts, of which so many are in memory at a time. S3 asks for 5 MiB. */
const PART_BYTES = 8 * MIB;
const PARTS_AT_ONCE = 2;

/** An object store, and whether it can be used at all. */
export interface S3ArtifactStore extends ArtifactStore {
  /**
   * Asks the store what is in its bucket.
   *
   * @throws {ArtifactStoreUnavailableError} when it does not answer; its subclass
   *   `ArtifactStoreRefusedError` when bucket, region or credentials are wrong.
   */
  check(): Promise<void>;
}

/**
 * Artifacts as objects `<prefix>/ab/cdef…` of an S3-compatible store. An object appears with all of
 * its bytes or not at all, which the protocol promises. Each carries its name as metadata too: what
 * somebody else has put in its place is written anew when the artifact is put again.
 */
export function createS3ArtifactStore(settings: S3Settings): S3ArtifactStore {
  const objects = openObjects(settings);

  async function put(bytes: Uint8Array): Promise<string> {
    const sha256 = hashOf(bytes);
    if (!(await objects.isStored(sha256, bytes.length))) await objects.write(sha256, bytes);
    return sha256;
  }

  async function putFile(path: string): Promise<string> {
    const { size } = await stat(path);
    if (size <= WHOLE_BYTES_MAX) return put(await readFile(path));
    // Read twice, because the key is the hash and comes before the bytes.
    const sha256 = await hashOfChunks(readChunks(path));
    if (!(await objects.isStored(sha256, size))) {
      await objects.writeParts(sha256, unchanged(readChunks(path), sha256, path));
    }
    return sha256;
  }

  async function get(sha256: string): Promise<Buffer> {
    const bytes = await objects.read(sha256, async (body) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return Buffer.concat(chunks);
    });
    if (hashOf(bytes) !== sha256) throw new ArtifactCorruptError(sha256);
    return bytes;
  }

  async function copyTo(sha256: string, path: string): Promise<void> {
    const temporary = `${path}.${randomUUID()}`;
    await orRemove(temporary, async () => {
      const written = await objects.read(sha256, (body) =>
        writeNew(temporary, body, { isDurable: false }),
      );
      if (written !== sha256) throw new ArtifactCorruptError(sha256);
      await rename(temporary, path);
    });
  }

  async function has(sha256: string): Promise<boolean> {
    if ((await objects.head(sha256)) !== null) return true;
    // The answer is the same when there is no such bucket.
    await objects.requireBucket();
    return false;
  }

  return {
    put: (bytes) => put(typeof bytes === 'string' ? Buffer.from(bytes) : bytes),
    putFile,
    get,
    has,
    copyTo,
    check: objects.requireBucket,
  };
}

/** The calls to the store, with their errors turned into ours. */
function openObjects(settings: S3Settings) {
  const client: S3Client = createS3Client(settings);
  const Bucket = settings.bucket;
  const objectOf = (sha256: string) => ({
    Bucket,
    Key: [settings.prefix, ...nameParts(sha256)].filter((part) => part !== '').join('/'),
  });
  /** A list, because a HEAD of the bucket would have no body that says what is wrong. */
  async function requireBucket(): Promise<void> {
    try {
      await client.send(new ListObjectsV2Command({ Bucket, Prefix: settings.prefix, MaxKeys: 1 }));
    } catch (error) {
      throw s3Failure(error, settings);
    }
  }

  async function head(sha256: string): Promise<HeadObjectCommandOutput | null> {
    try {
      return await client.send(new HeadObjectCommand(objectOf(sha256)));
    } catch (error) {
      if (isMissingObject(error)) return null;
      if (isNameless(error)) await requireBucket();
      throw s3Failure(error, settings);
    }
  }

  async function open(sha256: string): Promise<{ body: Readable; size: number }> {
    try {
      const found = await client.send(new GetObjectCommand(objectOf(sha256)));
      return { body: found.Body as Readable, size: found.ContentLength ?? 0 };
    } catch (error) {
      throw isMissingObject(error) ? new ArtifactMissingError(sha256) : s3Failure(error, settings);
    }
  }

  return {
    head,
    requireBucket,
    async isStored(sha256: string, size: number): Promise<boolean> {
      const found = await head(sha256);
      return found?.ContentLength === size && found.Metadata?.['sha256'] === sha256;
    },
    async write(sha256: string, bytes: Uint8Array): Promise<void> {
      const object = { ...objectOf(sha256), Body: bytes, Metadata: { sha256 } };
      try {
        await client.send(new PutObjectCommand(object));
      } catch (error) {
        throw s3Failure(error, settings);
      }
    },
    async writeParts(sha256: string, chunks: Chunks): Promise<void> {
      const body = Readable.from(chunks);
      // Told apart from the store's own: a file that cannot be read is no store that is away.
      let unreadable: Error | null = null;
      body.once('error', (error) => {
        // The upload gives up reading in this way when the store fails.
        if (error.name !== 'AbortError') unreadable = error;
      });
      const upload = new Upload({
        client,
        params: { ...objectOf(sha256), Body: body, Metadata: { sha256 } },
        partSize: PART_BYTES,
        queueSize: PARTS_AT_ONCE,
      });
      try {
        await upload.done();
      } catch (error) {
        throw unreadable ?? s3Failure(error, settings);
      } finally {
        body.destroy();
      }
    },
    async read<T>(sha256: string, use: (chunks: Chunks) => Promise<T>): Promise<T> {
      const { body, size } = await open(sha256);
      try {
        return await use(allOf(body, size, () => brokenTransfer(settings, sha256)));
      } finally {
        body.destroy();
      }
    },
  };
}

/** Passes a file on, and fails at its end when it is not what was hashed before. */
async function* unchanged(
  chunks: Chunks,
  sha256: string,
  path: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  // The upload is complete only after this, so that no object appears under a wrong name.
  if (hash.digest('hex') !== sha256) throw new Error(`${path} changed while it was being stored`);
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
