import { join, resolve } from 'node:path';
import { LauncherKind } from '../../schemas/task-queue.ts';
import { containerJobs, ensureStartedOnce, unlabelled } from './container-jobs.ts';
import { jobUser } from './job-user.ts';
import { JobConflictError, NoNetworkError } from './launcher.ts';
import type { JobObservation, Launcher, LaunchSpec } from './launcher.ts';
import { deregister, readJob, registeredNames, registerOnce } from './nomad-api.ts';
import type { NomadClient } from './nomad-client.ts';
import { META_SPEC, nomadJob } from './nomad-job.ts';
import type { NomadJobSettings } from './nomad-job.ts';
import { prepareLog } from './nomad-log.ts';
import { NomadWatch } from './nomad-watch.ts';
import type { JobFiles } from './process-job-files.ts';
import { jobFiles, readLog } from './process-jobs.ts';
import { JobAbsentError, pause } from './process-wait.ts';

const CANCEL_TICK_MS = 100;

/** Settings of the Nomad launcher. */
export interface NomadLauncherOptions {
  readonly client: NomadClient;
  /** Holds one directory for each job, on a file system that every node has too. */
  readonly directory: string;
  /** The same directory as the nodes see it; the same path by default. */
  readonly hostDirectory?: string;
  readonly image: string;
  /** @returns argv of a job of that type, inside the image. */
  readonly command: (jobType: string) => readonly string[];
  /** Default 1000. */
  readonly cpuMhz?: number;
  /** Default all. */
  readonly datacenters?: readonly string[];
  readonly nodePool?: string;
  /** Path of a seccomp profile on the nodes; the engine's own by default. */
  readonly seccomp?: string;
  /** For a node to take the job and fetch its image. Default 5 min. */
  readonly startDeadlineMs?: number;
  /** For a node that is out of touch to come back. Default 2 min. */
  readonly lostAfterMs?: number;
  /** How often a job is looked at while nothing changes. Default 1 s. */
  readonly tickMs?: number;
}

/**
 * Runs jobs as batch jobs of a Nomad cluster. A job outlives the worker that started it, and any
 * worker with the same directory attaches to it.
 */
export function createNomadLauncher(options: NomadLauncherOptions): Launcher {
  const { client, tickMs = 1_000 } = options;
  const directory = resolve(options.directory);
  const filesOf = (jobName: string): JobFiles => jobFiles(directory, jobName);
  const watchOptions = {
    client,
    startDeadlineMs: options.startDeadlineMs ?? 5 * 60_000,
    measureMs: Math.min(tickMs, 1_000),
  };
  const watchOf = (jobName: string): NomadWatch => new NomadWatch(watchOptions, filesOf(jobName));
  const settings: NomadJobSettings = {
    image: options.image,
    command: options.command,
    user: jobUser(),
    directory,
    hostDirectory: options.hostDirectory ?? directory,
    cpuMhz: options.cpuMhz ?? 1_000,
    datacenters: options.datacenters ?? ['*'],
    ...(options.nodePool === undefined ? {} : { nodePool: options.nodePool }),
    ...(options.seccomp === undefined ? {} : { seccomp: options.seccomp }),
    lostAfterMs: options.lostAfterMs ?? 2 * 60_000,
  };
  const jobs = containerJobs({
    directory,
    watchOf,
    cancelTickMs: Math.min(tickMs, CANCEL_TICK_MS),
    discard: (jobName) => deregister(client, filesOf(jobName).directory, true),
    known: async () => unlabelled(await registeredNames(client, directory)),
  });

  return {
    kind: LauncherKind.Nomad,
    image: options.image,
    ...jobs,
    async ensure(spec) {
      if ((spec.hosts ?? []).length > 0) {
        throw new NoNetworkError(spec, 'Start its cycles with the docker or the process launcher.');
      }
      const files = filesOf(spec.jobName);
      await ensureStartedOnce(files, spec, settings.user, async () => {
        await prepareLog(files, settings.user);
        await register(client, spec, settings);
      });
    },
    wait: (jobName, waitOptions) => waitForEnd(watchOf(jobName), { jobName, tickMs }, waitOptions),
    logs: (jobName) => readLog(filesOf(jobName)),
  };
}

/** Registers the job, or finds the one that another worker registered. */
async function register(
  client: NomadClient,
  spec: LaunchSpec,
  settings: NomadJobSettings,
): Promise<void> {
  if (await registerOnce(client, nomadJob(spec, settings))) return;
  const other = await readJob(client, join(settings.directory, spec.jobName));
  if (other !== null && other.Meta?.[META_SPEC] !== spec.specHash) {
    throw new JobConflictError(spec.jobName);
  }
}

async function waitForEnd(
  watch: NomadWatch,
  { jobName, tickMs }: { readonly jobName: string; readonly tickMs: number },
  { signal, onProgress }: Parameters<Launcher['wait']>[1],
): Promise<Extract<JobObservation, { phase: 'ended' }>> {
  for (;;) {
    signal.throwIfAborted();
    const askedAt = performance.now();
    const observation = await watch.enforce({ waitMs: tickMs, signal }).catch((error: unknown) => {
      // A request that was cut short is no failure of Nomad's.
      signal.throwIfAborted();
      throw error;
    });
    onProgress?.(observation);
    if (observation.phase === 'ended') return observation;
    if (observation.phase === 'absent') throw new JobAbsentError(jobName);
    // Answers may come at once, again and again, while a task's events change.
    const tooSoon = Math.min(tickMs, 50) - (performance.now() - askedAt);
    if (tooSoon > 0) await pause(tooSoon, undefined, signal);
  }
}
