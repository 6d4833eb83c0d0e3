import { chown } from 'node:fs/promises';
import { resolve } from 'node:path';
import type Docker from 'dockerode';
import type { ContainerCreateOptions } from 'dockerode';
import { LauncherKind } from '../../schemas/task-queue.ts';
import {
  containerName,
  containerOptions,
  LABEL_DIRECTORY,
  LABEL_JOB,
  LABEL_SPEC,
} from './docker-container.ts';
import type { ContainerSettings } from './docker-container.ts';
import { inspectJob, nullOn, statusOf, textOfFrames } from './docker-engine.ts';
import { DockerWatch } from './docker-watch.ts';
import { jobUser } from './job-user.ts';
import { JobConflictError } from './launcher.ts';
import type { JobObservation, Launcher, LaunchSpec } from './launcher.ts';
import type { JobFiles } from './process-job-files.ts';
import { jobFiles, JobRunningError, listJobs, moveAway } from './process-jobs.ts';
import { JobAbsentError, pause } from './process-wait.ts';

/** How often a running job is looked at. Its end is noticed at once. */
const TICK_MS = 100;
/** For another worker to finish a start that it has begun. */
const START_MS_MAX = 30_000;

/** Settings of the Docker launcher. */
export interface DockerLauncherOptions {
  /** A client of the engine. */
  readonly docker: Docker;
  /** Holds one directory for each job, on a path that the engine's host has too. */
  readonly directory: string;
  readonly image: string;
  /** @returns argv of a job of that type, inside the image. */
  readonly command: (jobType: string) => readonly string[];
  /** Cores that one job may use. Default 1. */
  readonly cpus?: number;
}

/**
 * Runs jobs as containers of a Docker Engine. A job outlives the worker that started it, and any
 * worker on the same engine and directory attaches to it.
 */
export function createDockerLauncher(options: DockerLauncherOptions): Launcher {
  const { docker } = options;
  const directory = resolve(options.directory);
  const filesOf = (jobName: string): JobFiles => jobFiles(directory, jobName);
  const watchOf = (jobName: string): DockerWatch => new DockerWatch(docker, filesOf(jobName));
  const settings: ContainerSettings = {
    image: options.image,
    command: options.command,
    cpus: options.cpus ?? 1,
    user: jobUser(),
    directory,
  };

  return {
    kind: LauncherKind.Docker,
    async directories(jobName) {
      const files = filesOf(jobName);
      await files.createDirectories();
      return { input: files.input, output: files.output };
    },
    ensure: (spec) => ensureStarted(docker, filesOf(spec.jobName), spec, settings),
    observe: (jobName) => watchOf(jobName).observe(),
    wait: (jobName, waitOptions) => waitForEnd(docker, watchOf(jobName), jobName, waitOptions),
    logs: (jobName) => readLog(docker, filesOf(jobName), jobName),
    async cancel(jobName) {
      const watch = watchOf(jobName);
      let observation = await watch.stop('cancelled');
      while (observation.phase === 'running') {
        await pause(TICK_MS);
        observation = await watch.enforce();
      }
    },
    async remove(jobName) {
      if ((await watchOf(jobName).observe()).phase === 'running')
        throw new JobRunningError(jobName);
      await docker
        .getContainer(containerName(jobName))
        .remove({ v: true, force: true })
        .catch(nullOn(404, 409));
      await moveAway(directory, jobName);
    },
    list: () => listContainersToo(docker, directory),
  };
}

/** Starts the job's container unless it was started before. Safe to race: names are unique. */
async function ensureStarted(
  docker: Docker,
  files: JobFiles,
  spec: LaunchSpec,
  settings: ContainerSettings,
): Promise<void> {
  await files.createDirectories();
  if ((await files.writeSpecOnce(spec)).specHash !== spec.specHash) {
    throw new JobConflictError(spec.jobName);
  }
  if ((await files.claimAgeMs()) !== null) return;
  if (process.getuid?.() === 0) await chown(files.output, settings.user.uid, settings.user.gid);
  await createAndStart(docker, spec, containerOptions(spec, files, settings));
  await files.takeClaim();
}

/**
 * The engine reserves a name before the container can be found under it. So a worker that lost the
 * race for the name may have to wait for the one that won it, or to take its place.
 */
async function createAndStart(
  docker: Docker,
  spec: LaunchSpec,
  options: ContainerCreateOptions,
): Promise<void> {
  const giveUpAt = performance.now() + START_MS_MAX;
  for (;;) {
    const created = await docker.createContainer(options).catch(nullOn(409));
    const other = created === null ? await inspectJob(docker, spec.jobName) : null;
    if (other !== null && other.Config.Labels[LABEL_SPEC] !== spec.specHash) {
      throw new JobConflictError(spec.jobName);
    }
    try {
      await docker.getContainer(containerName(spec.jobName)).start();
      return;
    } catch (error) {
      const status = statusOf(error);
      // 304: another worker started it meanwhile.
      if (status === 304) return;
      if (status !== 404 || created !== null || performance.now() > giveUpAt) throw error;
    }
    await pause(TICK_MS);
  }
}

async function waitForEnd(
  docker: Docker,
  watch: DockerWatch,
  jobName: string,
  { signal, onProgress }: Parameters<Launcher['wait']>[1],
): Promise<Extract<JobObservation, { phase: 'ended' }>> {
  const stopWaiting = new AbortController();
  const ended = docker
    .getContainer(containerName(jobName))
    .wait({ condition: 'not-running', abortSignal: stopWaiting.signal })
    .then(
      () => true,
      () => false,
    );
  // A wait that failed must not turn the pauses below into a spin.
  const endedInTime = ended.then((isOver) => (isOver ? undefined : new Promise<void>(() => {})));
  try {
    for (;;) {
      signal.throwIfAborted();
      const observation = await watch.enforce();
      onProgress?.(observation);
      if (observation.phase === 'ended') return observation;
      if (observation.phase === 'absent') throw new JobAbsentError(jobName);
      await Promise.race([endedInTime, pause(TICK_MS, undefined, signal)]);
    }
  } finally {
    stopWaiting.abort();
  }
}

async function readLog(docker: Docker, files: JobFiles, jobName: string): Promise<Buffer> {
  const frames = await docker
    .getContainer(containerName(jobName))
    .logs({ stdout: true, stderr: true, follow: false })
    .catch(nullOn(404));
  const bytesMax = (await files.readSpec())?.limits.logBytesMax ?? 0;
  return frames === null ? Buffer.alloc(0) : textOfFrames(frames, bytesMax);
}

/** Jobs with a directory, and containers whose directory is gone. */
async function listContainersToo(docker: Docker, directory: string): ReturnType<Launcher['list']> {
  const jobs = await listJobs(directory);
  const known = new Set(jobs.map(({ jobName }) => jobName));
  const filters = { label: [`${LABEL_DIRECTORY}=${directory}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const strays = containers.flatMap(({ Labels }) => {
    const jobName = Labels[LABEL_JOB];
    return jobName === undefined || known.has(jobName) ? [] : [{ jobName, labels: {} }];
  });
  return [...jobs, ...strays];
}
