import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileName } from '../../schemas/job.ts';
import { BadInputError } from './job-error.ts';

/** Lower-case hex of the SHA-256 of bytes or of UTF-8 text. */
export function sha256Of(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * Reads every listed input file and checks its hash, before the job does any work.
 *
 * @throws {BadInputError} when a file is missing or its bytes are not the ones that were listed.
 */
export async function readInputFiles(
  directory: string,
  listed: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [name, expected] of Object.entries(listed)) {
    const bytes = await readListed(directory, name);
    const found = sha256Of(bytes);
    if (found !== expected) {
      throw new BadInputError(
        `files.${name} must have SHA-256 ${expected}, was ${found}. The file was changed or cut after it was prepared; prepare the job again.`,
      );
    }
    files.set(name, bytes);
  }
  return files;
}

async function readListed(directory: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(join(directory, name));
  } catch (error) {
    throw new BadInputError(
      `files.${name} must lie in the input directory, was not readable (${codeOf(error)}). Prepare the job again.`,
      { cause: error },
    );
  }
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

/** The output files of one job and their hashes. */
export class OutputFiles {
  readonly #directory: string;
  readonly #hashes = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async write(name: string, content: Uint8Array | string): Promise<string> {
    FileName.parse(name);
    await writeWhole(join(this.#directory, name), content);
    const sha256 = sha256Of(content);
    this.#hashes.set(name, sha256);
    return sha256;
  }

  /** Hash by name, sorted by name. */
  hashes(): Record<string, string> {
    return Object.fromEntries([...this.#hashes].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
