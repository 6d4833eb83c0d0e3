import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArtifactCorruptError, ArtifactMissingError } from './artifact-store.ts';
import type { ArtifactStore } from './artifact-store.ts';

/** Artifacts up to this size are read in one piece, which is quicker than streaming. */
const WHOLE_BYTES_MAX = 4 * 1024 * 1024;

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Artifacts as files of one directory, `ab/cdef…` for the artifact `abcdef…`. Bytes are written
 * beside their name, forced to the disk and then moved there: a name has all of its bytes or does
 * not exist, also after a power cut. Processes may share the directory.
 */
export function createFileArtifactStore(directory: string): ArtifactStore {
  function pathOf(sha256: string): string {
    // The name becomes a path: anything but 64 hex digits could lead out of the directory.
    if (!/^[0-9a-f]{64}$/.test(sha256)) {
      throw new Error(`an artifact is named by 64 lower-case hex digits, was ${sha256}`);
    }
    return join(directory, sha256.slice(0, 2), sha256.slice(2));
  }

  /** Moves complete bytes to their name. Replaces an older copy, which heals one gone bad. */
  async function storeChunks(write: (path: string) => Promise<string>): Promise<string> {
    const temporary = join(directory, `.put-${randomUUID()}`);
    try {
      const sha256 = await orMakeFirst(directory, () => write(temporary));
      const path = pathOf(sha256);
      await orMakeFirst(dirname(path), () => rename(temporary, path));
      await syncDirectory(dirname(path));
      return sha256;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async function put(bytes: Uint8Array): Promise<string> {
    const sha256 = hashOf(bytes);
    const path = pathOf(sha256);
    if (await isWhole(path, bytes)) {
      // Its bytes were forced to the disk before it got its name; the name may be newer than that.
      await syncDirectory(dirname(path));
      return sha256;
    }
    return storeChunks((temporary) => writeNew(temporary, [bytes], { isDurable: true }));
  }

  async function putFile(path: string): Promise<string> {
    const { size } = await stat(path);
    if (size <= WHOLE_BYTES_MAX) return put(await readFile(path));
    return storeChunks((temporary) => writeNew(temporary, readChunks(path), { isDurable: true }));
  }

  async function get(sha256: string): Promise<Buffer> {
    const bytes = await readFile(pathOf(sha256)).catch(missing(sha256));
    if (hashOf(bytes) !== sha256) {
      throw new ArtifactCorruptError(sha256);
    }
    return bytes;
  }

  async function has(sha256: string): Promise<boolean> {
    try {
      await access(pathOf(sha256));
      return true;
    } catch (error) {
      if (isMissing(error)) {
        return false;
      }
      throw error;
    }
  }

  async function copyTo(sha256: string, path: string): Promise<void> {
    const source = pathOf(sha256);
    const { size } = await stat(source).catch(missing(sha256));
    const temporary = `${path}.${randomUUID()}`;
    try {
      if (size <= WHOLE_BYTES_MAX) {
        await writeFile(temporary, await get(sha256), { flag: 'wx', mode: 0o644 });
      } else if ((await writeNew(temporary, readChunks(source), { isDurable: false })) !== sha256) {
        throw new ArtifactCorruptError(sha256);
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  return {
    put: (bytes) => put(typeof bytes === 'string' ? Buffer.from(bytes) : bytes),
    putFile,
    get,
    has,
    copyTo,
  };
}

/** Runs `work`, and once more with the directory made when it turns out to be absent. */
async function orMakeFirst<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(directory, { recursive: true });
    return work();
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function isWhole(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    return (await readFile(path)).equals(bytes);
  } catch {
    return false;
  }
}

/** Opens the file when it is first read, so that a failure has somebody to go to. */
async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path) as AsyncIterable<Buffer>;
}

/** Writes a new file, forces it to the disk if wanted, and returns the SHA-256 of its bytes. */
async function writeNew(
  path: string,
  chunks: Chunks,
  { isDurable }: { readonly isDurable: boolean },
): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o644);
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      await writeAll(file, chunk);
    }
    if (isDurable) {
      await file.sync();
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    offset += (await file.write(bytes, offset)).bytesWritten;
  }
}

/** A rename lasts through a power cut only when the directory is forced to the disk as well. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function missing(sha256: string): (error: unknown) => never {
  return (error) => {
    throw isMissing(error) ? new ArtifactMissingError(sha256) : error;
  };
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
