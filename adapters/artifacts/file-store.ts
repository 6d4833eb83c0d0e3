import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArtifactCorruptError, ArtifactMissingError } from './artifact-store.ts';
import type { ArtifactStore } from './artifact-store.ts';

/** Artifacts up to this size are copied in one piece. */
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

  async function store(chunks: Chunks): Promise<string> {
    await mkdir(directory, { recursive: true });
    const temporary = join(directory, `.put-${randomUUID()}`);
    try {
      const sha256 = await writeNew(temporary, chunks, { isDurable: true });
      const path = pathOf(sha256);
      await mkdir(dirname(path), { recursive: true });
      // Replaces an older copy, which heals one that has gone bad on the disk.
      await rename(temporary, path);
      await syncDirectory(dirname(path));
      return sha256;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async function get(sha256: string): Promise<Buffer> {
    const bytes = await readFile(pathOf(sha256)).catch(missing(sha256));
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
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
    const source = await open(pathOf(sha256)).catch(missing(sha256));
    const temporary = `${path}.${randomUUID()}`;
    try {
      const chunks = await chunksOf(source);
      if ((await writeNew(temporary, chunks, { isDurable: false })) !== sha256) {
        throw new ArtifactCorruptError(sha256);
      }
      await rename(temporary, path);
    } finally {
      await source.close();
      await rm(temporary, { force: true });
    }
  }

  return {
    put: (bytes) => store([typeof bytes === 'string' ? Buffer.from(bytes) : bytes]),
    putFile: (path) => store(readChunks(path)),
    get,
    has,
    copyTo,
  };
}

/** Most artifacts are small: reading them whole is quicker than streaming. */
async function chunksOf(source: FileHandle): Promise<Chunks> {
  const { size } = await source.stat();
  if (size <= WHOLE_BYTES_MAX) return [await source.readFile()];
  return source.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>;
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
