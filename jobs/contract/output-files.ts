import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FileName } from '../../schemas/job.ts';
import { sha256Of, writeWhole } from './job-files.ts';

/** An output file that is written piece by piece; it has its name only when it is complete. */
export interface OutputFile {
  write(content: Uint8Array | string): Promise<void>;
  /** Gives the file its name. @returns the SHA-256 of its bytes. */
  finish(): Promise<string>;
  /** Takes the unfinished file away. */
  discard(): Promise<void>;
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

  /** Opens a file whose content need not be in memory at once. */
  async open(name: string): Promise<OutputFile> {
    FileName.parse(name);
    const path = join(this.#directory, name);
    const unfinished = `${path}.tmp`;
    const handle = await open(unfinished, 'w');
    const hash = createHash('sha256');
    return {
      async write(content) {
        hash.update(content);
        await handle.writeFile(content);
      },
      finish: async () => {
        await handle.close();
        await rename(unfinished, path);
        const sha256 = hash.digest('hex');
        this.#hashes.set(name, sha256);
        return sha256;
      },
      async discard() {
        await handle.close();
        await rm(unfinished, { force: true });
      },
    };
  }

  /** Hash by name, sorted by name. */
  hashes(): Record<string, string> {
    return Object.fromEntries([...this.#hashes].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
