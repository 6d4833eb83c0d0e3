import { openDataDirectory } from './data-directory.ts';
import type { DataDirectory } from './data-directory.ts';
import { removeStackFile } from './stack-file.ts';
import { guardServers } from './stack-guard.ts';
import { lockDataDirectory } from './stack-lock.ts';

/** Servers that this process started, on a data directory that nobody else uses meanwhile. */
export interface HeldServers<T> {
  readonly servers: T;
  readonly layout: DataDirectory;
  /** Stops them and gives the directory up. Harmless when called twice. */
  readonly stop: () => Promise<void>;
}

/**
 * Takes a data directory and starts servers on it. A signal that ends this process stops them
 * first, also while they come up, so that none is left behind.
 *
 * @param start starts them; when it fails it has stopped again what it had started.
 * @param stop stops them.
 * @throws {StackAlreadyRunningError} when a process holds the directory.
 * @throws {DataDirectoryError} when the directory cannot be used.
 */
export async function holdServers<T>(
  dataDirectory: string,
  start: (layout: DataDirectory) => Promise<T>,
  stop: (servers: T) => Promise<unknown>,
): Promise<HeldServers<T>> {
  const layout = await openDataDirectory(dataDirectory);
  const lock = await lockDataDirectory(layout.root);
  const starting = start(layout);
  let stopping: Promise<void> | null = null;
  const stopOnce = (): Promise<void> => (stopping ??= stopAll());
  const releaseGuard = guardServers(stopOnce);
  const stopAll = async (): Promise<void> => {
    // Other commands must not find servers that are about to go.
    await removeStackFile(layout.stackFile);
    const servers = await starting.catch(() => null);
    if (servers !== null) await stop(servers);
    await removeStackFile(layout.stackFile);
    await lock.release();
    releaseGuard();
  };
  try {
    return { servers: await starting, layout, stop: stopOnce };
  } catch (error) {
    await stopOnce();
    throw error;
  }
}
