import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { ProcessIdentity } from '../../adapters/launchers/process-table.ts';

/** `stack.json`: what runs on a data directory, for other commands to find. */
export interface StackRecord {
  /** The process that started the servers and will stop them. */
  readonly owner: ProcessIdentity;
  /** With the password: the file is for its owner's eyes only. */
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
  /** Directory or `s3://` URL of the artifact store that the stack's worker uses. */
  readonly artifacts: string;
  /** The servers that run for this stack; servers of somebody else are not in the list. */
  readonly servers: readonly ProcessIdentity[];
}

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
    const record: unknown = JSON.parse(await readFile(path, 'utf8'));
    // A record of another version or of another user tells us as little as none; a path that is
    // no directory is told when it is opened.
    return isStackRecord(record) ? record : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (NO_RECORD.has(code ?? '')) return null;
    throw error;
  }
}

/** By hand, because loading zod takes a tenth of the time that a command like `status` may take. */
function isStackRecord(value: unknown): value is StackRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { owner, databaseUrl, temporalAddress, namespace, uiUrl, artifacts, servers } =
    value as Record<keyof StackRecord, unknown>;
  return (
    [databaseUrl, temporalAddress, namespace, artifacts, uiUrl === null ? '' : uiUrl].every(
      (each) => typeof each === 'string',
    ) &&
    Array.isArray(servers) &&
    [owner, ...(servers as unknown[])].every(isIdentity)
  );
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startTicks, bootId } = value as Record<keyof ProcessIdentity, unknown>;
  return Number.isInteger(pid) && Number.isInteger(startTicks) && typeof bootId === 'string';
}

export async function removeStackFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
