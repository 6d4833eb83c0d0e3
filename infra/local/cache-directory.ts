import { chmod, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataDirectoryError, reasonOf } from './data-directory-error.ts';

/**
 * Where programs are kept that several data directories share: outside the clone, so that a server
 * that runs as another user can read them wherever the clone lies.
 *
 * @returns `$STRATEGY_LOOP_CACHE`, else `/var/cache/strategy-loop` for root, else a directory
 *   below `$XDG_CACHE_HOME` or `~/.cache`. It need not exist yet.
 */
export function cacheDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const chosen = environment['STRATEGY_LOOP_CACHE'];
  if (chosen !== undefined && chosen !== '') {
    return resolve(chosen);
  }
  if (process.getuid?.() === 0) {
    return '/var/cache/strategy-loop';
  }
  const base = environment['XDG_CACHE_HOME'] ?? '';
  return join(base === '' ? join(homedir(), '.cache') : base, 'strategy-loop');
}

/**
 * Creates a directory of the cache and returns its path.
 *
 * @throws {DataDirectoryError} when it cannot be created.
 */
export async function ensureCacheDirectory(...names: readonly string[]): Promise<string> {
  let directory = cacheDirectory();
  try {
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o755);
    for (const name of names) {
      directory = join(directory, name);
      await mkdir(directory, { recursive: true });
      await chmod(directory, 0o755);
    }
  } catch (error) {
    throw new DataDirectoryError(
      directory,
      `the cache directory ${directory} cannot be written (${reasonOf(error)}); ` +
        'set STRATEGY_LOOP_CACHE to a directory that can',
      { cause: error },
    );
  }
  return directory;
}
