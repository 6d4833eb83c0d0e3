import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ensureCacheDirectory } from './cache-directory.ts';
import { DataDirectoryError } from './data-directory-error.ts';
import { readClusterLocation } from './data-directory.ts';
import type { DataDirectory } from './data-directory.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { PostgresError } from './server-error.ts';
import { canWrite, giveTo, identityOf } from './system-user.ts';
import type { SystemUser } from './system-user.ts';

/** The superuser of embedded clusters, and the database that is made in them. */
export const DATABASE_USER = 'strategy_loop';

/** A database cluster on disk. */
export interface Cluster {
  /** Without symbolic links. */
  readonly directory: string;
  readonly password: string;
  /** Who owns it and runs the server; null for ourselves. */
  readonly user: SystemUser | null;
}

/**
 * Finds or makes the cluster of a data directory. It lies in there, or, when the server's user
 * cannot get there (a clone below /root), in the cache; a file in the data directory then says so.
 *
 * @param user who will own a new cluster; null for ourselves.
 * @throws {DataDirectoryError} when there is no place that the server's user can write, or the
 *   cluster is not where it was.
 * @throws {PostgresError} when the cluster cannot be made.
 */
export async function openCluster(
  layout: DataDirectory,
  binaries: PostgresBinaries,
  user: SystemUser | null,
): Promise<Cluster> {
  const password = await readPassword(layout);
  const recorded = await readClusterLocation(layout);
  const existing = join(recorded ?? layout.postgres, 'data');
  const owner = await ownerOf(existing);
  if (owner !== null) {
    return openExisting(existing, password, user === null ? null : owner);
  }
  if (recorded !== null && (await ownerOf(recorded)) === null) {
    throw new DataDirectoryError(
      recorded,
      `the database of ${layout.root} was kept in ${recorded}, which is gone; ` +
        `delete ${layout.root} to start over, or restore it`,
    );
  }
  const directory = await locate(layout, recorded ?? layout.postgres, user);
  await initialize(directory, { binaries, user, password });
  return { directory: await realpath(join(directory, 'data')), password, user };
}

/** An existing cluster belongs to whoever owns it, even if another user were chosen today. */
async function openExisting(
  directory: string,
  password: string,
  user: SystemUser | null,
): Promise<Cluster> {
  if (!canWrite(user, directory)) {
    throw unreachable(directory, user);
  }
  return { directory: await realpath(directory), password, user };
}

/** Settles on the directory that holds a new cluster, and gives it to the server's user. */
async function locate(
  layout: DataDirectory,
  wanted: string,
  user: SystemUser | null,
): Promise<string> {
  if (await prepare(wanted, user)) {
    return wanted;
  }
  const elsewhere = join(await ensureCacheDirectory('clusters'), randomBytes(8).toString('hex'));
  if (user === null || !(await prepare(elsewhere, user))) {
    await rm(elsewhere, { recursive: true, force: true });
    throw unreachable(wanted, user);
  }
  // Known before it is filled: nothing lies in the cache that no data directory names.
  await writeFile(layout.postgresLocationFile, `${JSON.stringify({ directory: elsewhere })}\n`);
  await rm(layout.postgres, { recursive: true, force: true });
  return elsewhere;
}

/** Makes a directory for the server's user. @returns whether that user can get there. */
async function prepare(directory: string, user: SystemUser | null): Promise<boolean> {
  await mkdir(directory, { recursive: true });
  await giveTo(user, directory);
  await chmod(directory, 0o700);
  return canWrite(user, directory);
}

function unreachable(directory: string, user: SystemUser | null): DataDirectoryError {
  return new DataDirectoryError(
    directory,
    `the database server runs as ${user === null ? 'the user of this command' : `user ${user.name}`}, ` +
      `who cannot write ${directory}; choose another directory with --data-dir or ` +
      'STRATEGY_LOOP_DATA, or set DATABASE_URL to use a server of your own',
  );
}

/** The password is ours to keep: the file belongs to the data directory's owner, not the server. */
async function readPassword(layout: DataDirectory): Promise<string> {
  const path = layout.postgresPasswordFile;
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
  }
  const password = randomBytes(24).toString('base64url');
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, `${password}\n`, { mode: 0o600, flag: 'wx' });
  await rename(temporary, path);
  return password;
}

interface Initialization {
  readonly binaries: PostgresBinaries;
  readonly user: SystemUser | null;
  readonly password: string;
}

/** Makes the cluster beside its name and moves it there: half a cluster is never taken for one. */
async function initialize(
  directory: string,
  { binaries, user, password }: Initialization,
): Promise<void> {
  // An initdb whose command was killed may still be at work under another name.
  const temporary = join(directory, `new-${randomBytes(4).toString('hex')}`);
  const passwordFile = `${temporary}.password`;
  try {
    await mkdir(temporary, { mode: 0o700 });
    await giveTo(user, temporary);
    await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' });
    await giveTo(user, passwordFile);
    await promisify(execFile)(binaries.initdb, initdbArguments(temporary, passwordFile), {
      cwd: '/',
      // The postgres program is looked up beside initdb; nothing of our environment is needed.
      env: { PATH: dirname(binaries.initdb), LC_ALL: 'C', TZ: 'UTC' },
      ...identityOf(user),
    });
    await rename(temporary, join(directory, 'data'));
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new PostgresError(
      `the database cluster in ${directory} cannot be made: ${stderr?.trim() ?? String(error)}`,
      { cause: error },
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await rm(passwordFile, { force: true });
  }
}

function initdbArguments(directory: string, passwordFile: string): string[] {
  return [
    ...['--pgdata', directory],
    ...['--username', DATABASE_USER],
    ...['--pwfile', passwordFile],
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The server's own collation: the same order of text on every machine.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ];
}

/** @returns the owner of a directory, or null when there is none. */
async function ownerOf(directory: string): Promise<SystemUser | null> {
  return stat(directory).then(
    ({ uid, gid }) => ({ name: `number ${String(uid)}`, uid, gid }),
    () => null,
  );
}
