import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataDirectoryError, reasonOf } from './data-directory-error.ts';
import {
  dataDirectoryLayout,
  foreignDirectory,
  MARKER,
  readClusterLocation,
} from './data-directory.ts';
import type { DataDirectory } from './data-directory.ts';
import { stopLeftovers } from './leftover-servers.ts';
import { lockDataDirectory } from './stack-lock.ts';

/**
 * Deletes a data directory and the database cluster that belongs to it, after stopping the servers
 * that a killed command left there. Harmless when there is none.
 *
 * @throws {StackAlreadyRunningError} when a process runs a stack on it.
 * @throws {DataDirectoryError} when it is not one of ours, or cannot be deleted.
 */
export async function removeDataDirectory(directory: string): Promise<void> {
  const layout = dataDirectoryLayout(directory);
  try {
    const names = await readdir(layout.root);
    if (names.length > 0 && !names.includes(MARKER)) {
      throw foreignDirectory(layout.root);
    }
    const lock = await lockDataDirectory(layout.root);
    try {
      // A server that outlives its directory could not be found any more.
      await stopLeftovers(layout, () => undefined);
      await removeFiles(layout, names);
    } finally {
      await lock.release();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      return;
    }
    throw code === undefined
      ? error
      : new DataDirectoryError(
          layout.root,
          `the data directory ${layout.root} cannot be deleted: ${reasonOf(error)}`,
          { cause: error },
        );
  }
}

async function removeFiles(layout: DataDirectory, names: readonly string[]): Promise<void> {
  const cluster = await readClusterLocation(layout);
  if (cluster !== null) {
    await rm(cluster, { recursive: true, force: true });
  }
  // The marker goes last: a deletion that was cut short can be taken up again.
  for (const name of names.filter((each) => each !== MARKER)) {
    await rm(join(layout.root, name), { recursive: true, force: true });
  }
  await rm(layout.root, { recursive: true, force: true });
}
