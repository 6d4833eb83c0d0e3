import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, stat } from 'node:fs/promises';
import { hashOf, hashOfChunks } from './artifact-name.ts';
import { ArtifactCorruptError } from './artifact-store.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { openObjects } from './s3-objects.ts';
import type { S3Settings } from './s3-settings.ts';
import { orRemove, readChunks, writeNew } from './write-file.ts';
import type { Chunks } from './write-file.ts';

/** Files up to this size are sent in one piece, from memory. */
const WHOLE_BYTES_MAX = 4 * 1024 * 1024;

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
    check: () => objects.requireBucket(),
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
