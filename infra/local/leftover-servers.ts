import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findCluster } from './data-directory.ts';
import type { DataDirectory } from './data-directory.ts';
import { serversIn, stopProcess, until } from './server-process.ts';
import type { StopStep } from './server-process.ts';

/** Fast shutdown (connections are cut, everything is written), then immediate, then SIGKILL. */
export const POSTGRES_STOP: readonly StopStep[] = [
  { signal: 'SIGINT', waitMs: 15_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
];

/**
 * The server sleeps for a second before it goes, for calls that are under way. By now its clients are
 * gone, and what it has acknowledged is in its database, which SQLite keeps whole whenever a process
 * is killed; so it is not waited for.
 */
export const TEMPORAL_STOP: readonly StopStep[] = [{ signal: 'SIGTERM', waitMs: 50 }];

/** Told what is being done, for people. */
type OnProgress = (text: string) => void;

/** Stops the servers that a killed command left on a data directory. */
export async function stopLeftovers(layout: DataDirectory, onProgress: OnProgress): Promise<void> {
  await Promise.all([
    stopLeftoverPostgres(layout, onProgress),
    stopLeftoverTemporal(layout.temporal, onProgress),
  ]);
}

/**
 * Stops a database server that a killed command left, and removes its lock file when it is gone:
 * after a kill -9 the pid in there may be anybody's, and the server would believe in it.
 */
export async function stopLeftoverPostgres(
  layout: DataDirectory,
  onProgress: OnProgress,
): Promise<void> {
  const directory = await findCluster(layout);
  if (directory === null) {
    return;
  }
  const lockFile = join(directory, 'postmaster.pid');
  const lockedBy = Number((await readFile(lockFile, 'utf8').catch(() => '')).split('\n')[0]);
  const leader = serversIn(directory, 'postgres').find(({ pid }) => pid === lockedBy);
  if (leader !== undefined) {
    onProgress('stopping the database server that an earlier command left behind');
    await stopProcess(leader, POSTGRES_STOP);
  }
  // Its helpers notice that it is gone, and leave by themselves.
  await until(() => serversIn(directory, 'postgres').length === 0, 10_000);
  for (const orphan of serversIn(directory, 'postgres')) {
    await stopProcess(orphan, []);
  }
  await rm(lockFile, { force: true });
}

/** Stops Temporal servers that a killed command left working in a directory. */
export async function stopLeftoverTemporal(
  directory: string,
  onProgress: OnProgress,
): Promise<void> {
  // Without the directory there is no server in it.
  const real = await realpath(directory).catch(() => null);
  for (const leftover of real === null ? [] : serversIn(real, 'temporal')) {
    onProgress('stopping the Temporal server that an earlier command left behind');
    await stopProcess(leftover, TEMPORAL_STOP);
  }
}
