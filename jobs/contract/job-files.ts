import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BadInputError } from './job-error.ts';

const CHUNK_BYTES = 256 * 1024;

/** Lower-case hex of the SHA-256 of bytes or of UTF-8 text. */
export function sha256Of(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Files up to this size are read and checked before the job begins, and kept. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;

/** The listed input files of a job. */
export interface InputFiles {
  readonly names: readonly string[];
  /** The bytes, checked against their hash; null for a file that is not listed. */
  readonly read: (name: string) => Uint8Array | null;
  /** The bytes in pieces, checked at the end at the latest; null for a file that is not listed. */
  readonly chunks: (name: string) => AsyncIterable<Buffer> | null;
}

/**
 * Reads every listed input file and checks its hash, before the job does any work. A file of more
 * than 64 MiB is only looked for: it is checked while the job reads it.
 *
 * @throws {BadInputError} when a file is missing or its bytes are not the ones that were listed.
 */
export async function readInputFiles(
  directory: string,
  listed: Readonly<Record<string, string>>,
  { keptBytesMax = KEPT_BYTES_MAX }: { readonly keptBytesMax?: number } = {},
): Promise<InputFiles> {
  const kept = new Map<string, Buffer>();
  for (const [name, expected] of Object.entries(listed)) {
    const path = join(directory, name);
    const { size } = await stat(path).catch(unreadable(name));
    if (size > keptBytesMax) continue;
    const bytes = await readFile(path).catch(unreadable(name));
    checkHash(name, expected, sha256Of(bytes));
    kept.set(name, bytes);
  }
  const hashOf = (name: string): string | undefined =>
    Object.hasOwn(listed, name) ? listed[name] : undefined;
  return {
    names: Object.keys(listed).sort(),
    read(name) {
      const expected = hashOf(name);
      if (expected === undefined) return null;
      const bytes = kept.get(name) ?? readFileSync(join(directory, name));
      if (!kept.has(name)) checkHash(name, expected, sha256Of(bytes));
      return bytes;
    },
    chunks(name) {
      const expected = hashOf(name);
      if (expected === undefined) return null;
      const bytes = kept.get(name);
      return bytes === undefined
        ? checkedChunks(join(directory, name), name, expected)
        : piecesOf(bytes);
    },
  };
}

/** In pieces all the same: what a reader makes of a piece is larger than the piece. */
async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield await Promise.resolve(bytes.subarray(at, at + CHUNK_BYTES));
  }
}

async function* checkedChunks(
  path: string,
  name: string,
  expected: string,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
  for await (const chunk of stream) {
    hash.update(chunk);
    yield chunk;
  }
  checkHash(name, expected, hash.digest('hex'));
}

function checkHash(name: string, expected: string, found: string): void {
  if (found !== expected) {
    throw new BadInputError(
      `files.${name} must have SHA-256 ${expected}, was ${found}. The file was changed or cut after it was prepared; prepare the job again.`,
    );
  }
}

function unreadable(name: string): (error: unknown) => never {
  return (error) => {
    throw new BadInputError(
      `files.${name} must lie in the input directory, was not readable (${codeOf(error)}). Prepare the job again.`,
      { cause: error },
    );
  };
}

/** The system's code of an error, such as ENOENT. */
export function codeOf(error: unknown): string {
  // Not `instanceof Error`: the system's errors may come from another realm.
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : String(error);
}

/** Writes a file so that it is seen whole or not at all. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const unfinished = `${path}.tmp`;
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}
