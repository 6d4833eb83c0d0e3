import { randomUUID } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashOf, nameParts } from './artifact-name.ts';
import { ArtifactCorruptError, ArtifactMissingError } from './artifact-store.ts';
import type { ArtifactStore } from './artifact-store.ts';
import {
  exists,
  isMissing,
  isWhole,
  orMakeFirst,
  orRemove,
  readChunks,
  syncDirectory,
  writeNew,
} from './write-file.ts';
import type { Chunks } from './write-file.ts';

/** Artifacts up to this size are read in one piece, which is quicker than streaming. */
const WHOLE_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Artifacts as files of one directory, `ab/cdef…` for the artifact `abcdef…`. Bytes are written
 * beside their name, forced to the disk and then moved there: a name has all of its bytes or does
 * not exist, also after a power cut. Processes may share the directory.
 */
export function createFileArtifactStore(directory: string): ArtifactStore {
  const pathOf = (sha256: string): string => join(directory, ...nameParts(sha256));

  /** Writes beside the names first. Replaces an older copy, which heals one gone bad. */
  async function storeChunks(chunks: Chunks): Promise<string> {
    const temporary = join(directory, `.put-${randomUUID()}`);
    return orRemove(temporary, async () => {
      const sha256 = await orMakeFirst(directory, () =>
        writeNew(temporary, chunks, { isDurable: true }),
      );
      const path = pathOf(sha256);
      await orMakeFirst(dirname(path), () => rename(temporary, path));
      await syncDirectory(dirname(path));
      return sha256;
    });
  }

  async function put(bytes: Uint8Array): Promise<string> {
    const sha256 = hashOf(bytes);
    const path = pathOf(sha256);
    if (await isWhole(path, bytes)) {
      // Its bytes were forced to the disk before it got its name; the name may be newer than that.
      await syncDirectory(dirname(path));
      return sha256;
    }
    return storeChunks([bytes]);
  }

  async function putFile(path: string): Promise<string> {
    const { size } = await stat(path);
    if (size <= WHOLE_BYTES_MAX) return put(await readFile(path));
    return storeChunks(readChunks(path));
  }

  async function get(sha256: string): Promise<Buffer> {
    const bytes = await readFile(pathOf(sha256)).catch(missing(sha256));
    if (hashOf(bytes) !== sha256) {
      throw new ArtifactCorruptError(sha256);
    }
    return bytes;
  }

  async function copyTo(sha256: string, path: string): Promise<void> {
    const source = pathOf(sha256);
    const { size } = await stat(source).catch(missing(sha256));
    const temporary = `${path}.${randomUUID()}`;
    await orRemove(temporary, async () => {
      if (size <= WHOLE_BYTES_MAX) {
        await writeFile(temporary, await get(sha256), { flag: 'wx', mode: 0o644 });
      } else {
        const written = await writeNew(temporary, readChunks(source), { isDurable: false });
        if (written !== sha256) throw new ArtifactCorruptError(sha256);
      }
      await rename(temporary, path);
    });
  }

  return {
    put: (bytes) => put(typeof bytes === 'string' ? Buffer.from(bytes) : bytes),
    putFile,
    get,
    has: async (sha256) => exists(pathOf(sha256)),
    copyTo,
  };
}

function missing(sha256: string): (error: unknown) => never {
  return (error) => {
    throw isMissing(error) ? new ArtifactMissingError(sha256) : error;
  };
}
