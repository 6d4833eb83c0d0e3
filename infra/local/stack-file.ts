import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const Identity = z.object({ pid: z.int(), startTicks: z.int(), bootId: z.string() });

/** `stack.json`: what runs on a data directory, for other commands to find. */
const StackRecord = z.object({
  /** The process that started the servers and will stop them. */
  owner: Identity,
  /** With the password: the file is for its owner's eyes only. */
  databaseUrl: z.string(),
  temporalAddress: z.string(),
  namespace: z.string(),
  uiUrl: z.string().nullable(),
  /** The servers that run for this stack; servers of somebody else are not in the list. */
  servers: z.array(Identity),
});
export type StackRecord = z.infer<typeof StackRecord>;

/** Writes the record; readers see all of it or nothing. */
export async function writeStackFile(path: string, record: StackRecord): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
}

const NO_RECORD = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

/** @returns the record, or null when there is none or it is not ours to read. */
export async function readStackFile(path: string): Promise<StackRecord | null> {
  try {
    return StackRecord.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A record of another version or of another user tells us as little as none; a path that is
    // no directory is told when it is opened.
    if (NO_RECORD.has(code ?? '') || error instanceof z.ZodError) {
      return null;
    }
    throw error;
  }
}

export async function removeStackFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
