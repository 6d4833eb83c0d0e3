import { chown } from 'node:fs/promises';
import { JobConflictError } from './launcher.ts';
import type { JobObservation, Launcher, LaunchSpec, ListedJob } from './launcher.ts';
import type { JobFiles } from './process-job-files.ts';
import type { Stop } from './process-job-records.ts';
import { jobFiles, JobRunningError, listJobs, moveAway } from './process-jobs.ts';
import { pause } from './process-wait.ts';

/** One observer's view of one job. */
export interface ContainerWatch {
  observe(): Promise<JobObservation>;
  enforce(): Promise<JobObservation>;
  stop(cause: Stop['cause']): Promise<JobObservation>;
}

/** What an engine or cluster adds to the jobs of a directory. */
export interface ContainerPlace {
  /** Holds one directory for each job. */
  readonly directory: string;
  readonly watchOf: (jobName: string) => ContainerWatch;
  /** How often a job that is being cancelled is looked at, in ms. */
  readonly cancelTickMs: number;
  /** Removes the ended job's container, or whatever stands for it. Harmless when there is none. */
  readonly discard: (jobName: string) => Promise<unknown>;
  /** @returns the jobs that the engine or cluster knows of this directory. */
  readonly known: () => Promise<readonly ListedJob[]>;
}

/** The methods that are the same wherever containers run. */
export function containerJobs({
  directory,
  watchOf,
  cancelTickMs,
  discard,
  known,
}: ContainerPlace): Pick<Launcher, 'directories' | 'observe' | 'cancel' | 'remove' | 'list'> {
  return {
    async directories(jobName) {
      const files = jobFiles(directory, jobName);
      await files.createDirectories();
      return { input: files.input, output: files.output };
    },
    observe: (jobName) => watchOf(jobName).observe(),
    async cancel(jobName) {
      const watch = watchOf(jobName);
      let observation = await watch.stop('cancelled');
      while (observation.phase === 'running') {
        await pause(cancelTickMs);
        observation = await watch.enforce();
      }
    },
    async remove(jobName) {
      if ((await watchOf(jobName).observe()).phase === 'running') {
        throw new JobRunningError(jobName);
      }
      await discard(jobName);
      await moveAway(directory, jobName);
    },
    /** Jobs with a directory, and those whose directory is gone. */
    async list() {
      const jobs = await listJobs(directory);
      const here = new Set(jobs.map(({ jobName }) => jobName));
      return [...jobs, ...(await known()).filter(({ jobName }) => !here.has(jobName))];
    },
  };
}

/** Jobs of a platform that keeps nothing of them but their names. */
export function unlabelled(jobNames: readonly string[]): ListedJob[] {
  return jobNames.map((jobName) => ({ jobName, labels: {} }));
}

/**
 * Starts a job unless it was started before. Safe to race when `start` is: several workers may get
 * as far as that.
 *
 * @param user owns the job's output when this process may give it away.
 * @throws {JobConflictError} when another job has its name.
 */
export async function ensureStartedOnce(
  files: JobFiles,
  spec: LaunchSpec,
  user: { readonly uid: number; readonly gid: number },
  start: () => Promise<void>,
): Promise<void> {
  await files.createDirectories();
  if ((await files.writeSpecOnce(spec)).specHash !== spec.specHash) {
    throw new JobConflictError(spec.jobName);
  }
  if ((await files.claimAgeMs()) !== null) return;
  if (process.getuid?.() === 0) await chown(files.output, user.uid, user.gid);
  await start();
  await files.takeClaim();
}
