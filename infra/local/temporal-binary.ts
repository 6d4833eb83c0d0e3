import { access, chmod, constants, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cacheDirectory, ensureCacheDirectory } from './cache-directory.ts';
import { compileTemporal } from './temporal-compile.ts';
import { downloadTemporal } from './temporal-download.ts';

const PROGRAM = 'temporal';

/** No Temporal server can be had on this machine. The message lists what was tried. */
export class TemporalBinaryError extends Error {
  override readonly name = 'TemporalBinaryError';
  readonly tried: readonly string[];

  constructor(tried: readonly string[]) {
    super(
      'no Temporal server can be had on this machine:\n' +
        `${tried.map((line) => `  - ${line}`).join('\n')}\n` +
        'Put the temporal command line (https://docs.temporal.io/cli) on the PATH, or set ' +
        'TEMPORAL_ADDRESS to use a server of your own.',
    );
    this.tried = tried;
  }
}

/** A way to get the program into a scratch directory. */
export interface Source {
  /** E.g. "Temporal's own download". */
  readonly title: string;
  /** @returns the program's path; throws an error that says why it cannot. */
  readonly fetch: (scratch: string, onProgress: (text: string) => void) => Promise<string>;
}

const SOURCES: readonly Source[] = [
  { title: "Temporal's own download", fetch: downloadTemporal },
  { title: 'compiling it with Go', fetch: compileTemporal },
];

/** Where and how to look. */
export interface FindOptions {
  readonly onProgress: (text: string) => void;
  /** For tests: other places to get it from. */
  readonly sources?: readonly Source[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Finds the `temporal` program: on the PATH, then in the cache, then by fetching it into the cache,
 * which may take some minutes once.
 *
 * @returns its absolute path.
 * @throws {TemporalBinaryError} when there is no way.
 */
export async function findTemporalBinary(options: FindOptions): Promise<string> {
  const { sources = SOURCES, environment = process.env, onProgress } = options;
  const installed = await findOnPath(environment['PATH'] ?? '');
  if (installed !== null) {
    return installed;
  }
  const cached = join(await ensureCacheDirectory('bin'), PROGRAM);
  if (await isExecutable(cached)) {
    return cached;
  }
  const tried = ['the PATH: it is not there'];
  for (const { title, fetch } of sources) {
    const scratch = await ensureCacheDirectory('bin', `.fetch-${String(process.pid)}`);
    try {
      const program = await fetch(scratch, onProgress);
      await chmod(program, 0o755);
      // Moved when it is complete: a second command meanwhile sees all of it or nothing.
      await rename(program, cached);
      return cached;
    } catch (error) {
      tried.push(`${title}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  throw new TemporalBinaryError(tried);
}

/** @returns the program's path on the PATH or in the cache; null when it would have to be fetched. */
export async function installedTemporal(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | null> {
  const installed = await findOnPath(environment['PATH'] ?? '');
  if (installed !== null) return installed;
  const cached = join(cacheDirectory(environment), 'bin', PROGRAM);
  return (await isExecutable(cached)) ? cached : null;
}

async function findOnPath(path: string): Promise<string | null> {
  for (const directory of path.split(delimiter).filter((each) => each !== '')) {
    const candidate = join(directory, PROGRAM);
    if (await isExecutable(candidate)) {
      return candidate;
    }
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
