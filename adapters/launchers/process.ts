import type { ChildProcess } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { resolve } from 'node:path';
import { JOB_INPUT_DIRECTORY, JOB_OUTPUT_DIRECTORY } from '../../schemas/job.ts';
import { LauncherKind } from '../../schemas/task-queue.ts';
import { JobConflictError } from './launcher.ts';
import type { Launcher, LaunchSpec } from './launcher.ts';
import type { JobFiles } from './process-job-files.ts';
import { jobFiles, listJobs, readLog, removeJob } from './process-jobs.ts';
import { startShim } from './process-shim.ts';
import { cancelJob, waitForEnd } from './process-wait.ts';
import type { Waiting } from './process-wait.ts';
import { JobWatch } from './process-watch.ts';

/**
 * CPU time of a process for each ms until the job's deadline and grace are over, as it may use
 * several cores. The last resort against jobs that nobody watches any more.
 */
const CPU_PER_WALL_MAX = 8;
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Settings of the process launcher. */
export interface ProcessLauncherOptions {
  /** Holds one directory for each job. Workers that share it attach to each other's jobs. */
  readonly directory: string;
  /** @returns argv of a job of that type. */
  readonly command: (jobType: string) => readonly string[];
  /** Added to the job's environment; nothing of the worker's own goes there but PATH. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Added to that of jobs that need the network: the worker's proxy and certificates. */
  readonly networkEnvironment?: Readonly<Record<string, string>>;
  /** User to run jobs as; needs root. Default: the worker's own user. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * Runs jobs as processes of this machine, each in a session and directory of its own. For trusted
 * code: a process is no sandbox, and one that starts a session of its own escapes. A job outlives
 * the worker that started it, and any worker on the same directory attaches to it. Linux only,
 * because /proc is where processes are watched.
 */
export function createProcessLauncher(options: ProcessLauncherOptions): Launcher {
  const directory = resolve(options.directory);
  /** Shims that this worker started, to notice their end at once. */
  const children = new Map<string, ChildProcess>();
  const filesOf = (jobName: string): JobFiles => jobFiles(directory, jobName);
  const waitingFor = (jobName: string): Waiting => ({
    jobName,
    watch: new JobWatch(filesOf(jobName)),
    child: () => children.get(jobName),
  });

  return {
    kind: LauncherKind.Process,
    async directories(jobName) {
      const files = filesOf(jobName);
      await files.createDirectories();
      return { input: files.input, output: files.output };
    },
    async ensure(spec) {
      const child = await ensureStarted(options, filesOf(spec.jobName), spec);
      if (child !== null) {
        children.set(spec.jobName, child);
        child.once('exit', () => children.delete(spec.jobName));
      }
    },
    async observe(jobName) {
      return new JobWatch(filesOf(jobName)).observe();
    },
    async wait(jobName, waitOptions) {
      return waitForEnd(waitingFor(jobName), waitOptions);
    },
    async logs(jobName) {
      return readLog(filesOf(jobName));
    },
    async cancel(jobName) {
      await cancelJob(waitingFor(jobName));
    },
    async remove(jobName) {
      await removeJob(directory, jobName);
    },
    async list() {
      return listJobs(directory);
    },
  };
}

/** @returns the shim when this call started the job, null when it had been started before. */
async function ensureStarted(
  { command, environment, networkEnvironment, user }: ProcessLauncherOptions,
  files: JobFiles,
  spec: LaunchSpec,
): Promise<ChildProcess | null> {
  await files.createDirectories();
  if ((await files.writeSpecOnce(spec)).specHash !== spec.specHash) {
    throw new JobConflictError(spec.jobName);
  }
  if ((await files.claimAgeMs()) !== null) {
    return null;
  }
  if (user !== undefined) {
    for (const path of [files.directory, files.output, files.work, files.temporary]) {
      await chown(path, user.uid, user.gid);
    }
  }
  const { deadlineMs, graceMs, logBytesMax } = spec.limits;
  const child = await startShim({
    jobDirectory: files.directory,
    workDirectory: files.work,
    argv: command(spec.jobType),
    environment: environmentOf(files, {
      ...environment,
      ...(spec.hosts === undefined ? {} : networkEnvironment),
    }),
    logBytesMax,
    cpuSecondsMax: ((deadlineMs + graceMs) / 1000) * CPU_PER_WALL_MAX + 1,
    user: user ?? null,
  });
  if ((await files.claimAgeMs()) === null) {
    throw new Error(`job ${spec.jobName} could not be started in ${files.directory}`);
  }
  return (await files.readStarted())?.pid === child.pid ? child : null;
}

function environmentOf(
  files: JobFiles,
  added: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? DEFAULT_PATH,
    HOME: files.work,
    TMPDIR: files.temporary,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    NODE_ENV: 'production',
    ...added,
    [JOB_INPUT_DIRECTORY]: files.input,
    [JOB_OUTPUT_DIRECTORY]: files.output,
  };
}
