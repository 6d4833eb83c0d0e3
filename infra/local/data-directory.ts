import { chmod, mkdir, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DataDirectoryError, reasonOf } from './data-directory-error.ts';

/** File that tells that a directory is ours, so that we neither fill nor delete somebody else's. */
export const MARKER = 'strategy-loop.json';
const MARKER_TEXT = `${JSON.stringify({ kind: 'strategy-loop data directory', version: 1 })}\n`;

/** Where everything lies in a data directory. */
export interface DataDirectory {
  readonly root: string;
  readonly postgres: string;
  readonly temporal: string;
  readonly artifacts: string;
  readonly jobs: string;
  readonly logs: string;
  /** Names the database cluster's directory when it could not lie in here. */
  readonly postgresLocationFile: string;
  /** Password of the embedded database server; its owner alone may read it. */
  readonly postgresPasswordFile: string;
  /** Addresses and processes of the stack while it runs. */
  readonly stackFile: string;
}

/**
 * @returns `$STRATEGY_LOOP_DATA`, else `/var/lib/strategy-loop` for root, else a directory below
 *   `$XDG_DATA_HOME` or `~/.local/share`.
 */
export function defaultDataDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const chosen = environment['STRATEGY_LOOP_DATA'];
  if (chosen !== undefined && chosen !== '') {
    return resolve(chosen);
  }
  if (process.getuid?.() === 0) {
    return '/var/lib/strategy-loop';
  }
  const base = environment['XDG_DATA_HOME'] ?? '';
  return join(base === '' ? join(homedir(), '.local', 'share') : base, 'strategy-loop');
}

/** @returns the layout of a data directory, whether it exists or not. */
export function dataDirectoryLayout(directory: string): DataDirectory {
  const root = resolve(directory);
  return {
    root,
    postgres: join(root, 'postgres'),
    temporal: join(root, 'temporal'),
    artifacts: join(root, 'artifacts'),
    jobs: join(root, 'jobs'),
    logs: join(root, 'logs'),
    postgresLocationFile: join(root, 'postgres-location.json'),
    postgresPasswordFile: join(root, 'postgres-password'),
    stackFile: join(root, 'stack.json'),
  };
}

/**
 * Creates what is missing of a data directory. Harmless when it is complete.
 *
 * @throws {DataDirectoryError} when it cannot be written, is a file, or holds somebody else's files.
 */
export async function openDataDirectory(directory: string): Promise<DataDirectory> {
  const layout = dataDirectoryLayout(directory);
  try {
    const isNew = await makeDirectory(layout.root);
    if (isNew) {
      // The database server of root runs as another user and must get through.
      await chmod(layout.root, process.getuid?.() === 0 ? 0o755 : 0o700);
    }
    await mark(layout.root);
    for (const path of [layout.temporal, layout.artifacts, layout.jobs, layout.logs]) {
      await mkdir(path, { recursive: true });
    }
  } catch (error) {
    if (error instanceof DataDirectoryError) {
      throw error;
    }
    throw new DataDirectoryError(
      layout.root,
      `the data directory ${layout.root} cannot be written: ${reasonOf(error)}; choose another ` +
        'one with --data-dir or STRATEGY_LOOP_DATA',
      { cause: error },
    );
  }
  return layout;
}

/** @returns where the database cluster lies when that is outside of the data directory, else null. */
export async function readClusterLocation(layout: DataDirectory): Promise<string | null> {
  try {
    const parsed: unknown = JSON.parse(await readFile(layout.postgresLocationFile, 'utf8'));
    return typeof parsed === 'object' && parsed !== null && 'directory' in parsed
      ? String(parsed.directory)
      : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw error;
  }
}

/** @returns the directory of a data directory's cluster, without symbolic links; null for none. */
export async function findCluster(layout: DataDirectory): Promise<string | null> {
  const holder = (await readClusterLocation(layout)) ?? layout.postgres;
  return realpath(join(holder, 'data')).catch(() => null);
}

/**
 * Makes a directory and its missing parents, one after another: on file systems that refuse new
 * names, such as /proc, Node's own recursive way tries without end.
 *
 * @returns false when it was there.
 */
async function makeDirectory(path: string): Promise<boolean> {
  if (existsSync(path)) return false;
  if (dirname(path) !== path) await makeDirectory(dirname(path));
  await mkdir(path).catch((error: unknown) => {
    // Another process may have been quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  return true;
}

async function mark(root: string): Promise<void> {
  if (!(await stat(root)).isDirectory()) {
    throw new DataDirectoryError(
      root,
      `the data directory ${root} cannot be used: it is a file; choose another one with --data-dir`,
    );
  }
  const names = await readdir(root);
  if (names.includes(MARKER)) {
    // Tells a read-only directory now and not in the middle of the start.
    await writeFile(join(root, '.writable'), '');
    await rm(join(root, '.writable'));
    return;
  }
  if (names.length > 0) {
    throw foreignDirectory(root);
  }
  await writeFile(join(root, MARKER), MARKER_TEXT);
}

/** @returns the refusal of a directory that holds somebody else's files. */
export function foreignDirectory(root: string): DataDirectoryError {
  return new DataDirectoryError(
    root,
    `the directory ${root} holds other files and is not a data directory of strategy-loop; ` +
      'choose an empty or a new one with --data-dir or STRATEGY_LOOP_DATA',
  );
}
