import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launcher } from './launcher.ts';
import { nullWhenMissing } from './null-when-missing.ts';
import { JobFiles } from './process-job-files.ts';
import { JobWatch } from './process-watch.ts';

/** `remove` was asked to remove a job that still runs. */
export class JobRunningError extends Error {
  override readonly name = 'JobRunningError';
  readonly jobName: string;

  constructor(jobName: string) {
    super(`job ${jobName} still runs; cancel it before it is removed`);
    this.jobName = jobName;
  }
}

/**
 * @returns the files of a job below the launcher's directory.
 * @throws when the name could lead out of that directory.
 */
export function jobFiles(directory: string, jobName: string): JobFiles {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(jobName)) {
    throw new Error(`job name must be 1 to 128 of A-Z a-z 0-9 . _ -, was ${jobName}`);
  }
  return new JobFiles(join(directory, jobName));
}

/** @returns the jobs that have a directory, with the labels of those that were ever started. */
export async function listJobs(directory: string): ReturnType<Launcher['list']> {
  // Asking makes nothing: before the first job there is no directory.
  const found = (await readdir(directory).catch(nullWhenMissing)) ?? [];
  const names = found.filter((name) => !name.startsWith('.'));
  return Promise.all(
    names.map(async (jobName) => {
      const spec = await jobFiles(directory, jobName).readSpec();
      return { jobName, labels: spec?.labels ?? {} };
    }),
  );
}

/**
 * Removes every trace of a job that does not run.
 *
 * @throws {JobRunningError} when it runs.
 */
export async function removeJob(directory: string, jobName: string): Promise<void> {
  const files = jobFiles(directory, jobName);
  if ((await new JobWatch(files).observe()).phase === 'running') {
    throw new JobRunningError(jobName);
  }
  await moveAway(directory, jobName);
}

/** Removes a job's directory. Moved first: one cut short must not leave half a job under its name. */
export async function moveAway(directory: string, jobName: string): Promise<void> {
  const files = jobFiles(directory, jobName);
  const removed = join(directory, `.removed-${randomUUID()}`);
  const isMoved = await rename(files.directory, removed).then(() => true, nullWhenMissing);
  if (isMoved === true) {
    await rm(removed, { recursive: true, force: true });
  }
}

/** @returns a job's log. The file's own cap is rounded up to whole blocks, so it is cut here. */
export async function readLog(files: JobFiles): Promise<Buffer> {
  const bytes = (await readFile(files.log).catch(nullWhenMissing)) ?? Buffer.alloc(0);
  return bytes.subarray(0, (await files.readSpec())?.limits.logBytesMax);
}
