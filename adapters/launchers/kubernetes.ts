import { mkdir } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { V1Job } from '@kubernetes/client-node';
import { LauncherKind } from '../../schemas/task-queue.ts';
import { containerJobs, ensureStartedOnce, unlabelled } from './container-jobs.ts';
import { jobUser } from './job-user.ts';
import { createJob, deleteJob, listJobObjects } from './kubernetes-calls.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import {
  ANNOTATION_JOB,
  ANNOTATION_SPEC,
  jobManifest,
  kubernetesName,
  LABEL_SCOPE,
  scopeOf,
  stopFile,
} from './kubernetes-job.ts';
import type { PodSettings } from './kubernetes-job.ts';
import { KubernetesWatch } from './kubernetes-watch.ts';
import { networkOf } from './kubernetes-network.ts';
import { JobConflictError } from './launcher.ts';
import type { JobObservation, Launcher, LaunchSpec } from './launcher.ts';
import type { JobFiles } from './process-job-files.ts';
import { jobFiles } from './process-jobs.ts';
import { JobAbsentError, pause } from './process-wait.ts';

/** How often a job is looked at: at first, and when it has run for a while. */
const TICK_MS = 250;
const LATER_TICK_MS = 1000;
const LATER_AFTER_MS = 10_000;
const START_MS_MAX = 5 * 60_000;

/** Settings of the Kubernetes launcher. */
export interface KubernetesLauncherOptions {
  readonly api: KubernetesApi;
  /** Claim of a volume that jobs and workers share, and where this machine has its root. */
  readonly claim: string;
  readonly volume: string;
  /** Holds one directory for each job; below the volume. */
  readonly directory: string;
  readonly image: string;
  /** @returns argv of a job of that type, inside the image. */
  readonly command: (jobType: string) => readonly string[];
  /** Cores that one job gets. Default 1. */
  readonly cpus?: number;
  /** How long a job may wait for a node, its image and its volume, in ms. Default 5 min. */
  readonly startMsMax?: number;
  /** Seccomp profile below the kubelet's own folder of them; the runtime's default one otherwise. */
  readonly seccompProfile?: string;
  /** `host:port` of the proxy of network feeds; without it, jobs that need the network are refused. */
  readonly feedProxy?: string;
  /** File of this machine with certificates that network feeds trust beside the usual ones. */
  readonly certificates?: string;
}

/**
 * Runs jobs as Kubernetes Jobs. A job outlives the worker that started it, and any worker with the
 * same volume and namespace attaches to it.
 *
 * @throws when the directory does not lie below the volume.
 */
export function createKubernetesLauncher(options: KubernetesLauncherOptions): Launcher {
  const { api } = options;
  const settings = podSettings(options);
  const { directory } = settings;
  const scope = scopeOf(settings);
  const filesOf = (jobName: string): JobFiles => jobFiles(directory, jobName);
  const watchOf = (jobName: string): KubernetesWatch =>
    new KubernetesWatch(filesOf(jobName), {
      api,
      name: kubernetesName(scope, jobName),
      startMsMax: settings.startMsMax,
    });
  const jobs = containerJobs({
    directory,
    watchOf,
    cancelTickMs: TICK_MS,
    discard: (jobName) => deleteJob(api, kubernetesName(scope, jobName)),
    known: async () => unlabelled(await jobsOf(api, scope)),
  });

  return {
    kind: LauncherKind.Kubernetes,
    image: options.image,
    ...jobs,
    ensure(spec) {
      const files = filesOf(spec.jobName);
      return ensureStartedOnce(files, spec, settings.user, async () => {
        await mkdir(stopFile(files).directory, { recursive: true });
        const network = await networkOf(options, spec, files);
        await createOnce(api, spec, jobManifest(spec, files, { ...settings, ...network }));
      });
    },
    wait: (jobName, waitOptions) => waitForEnd(watchOf(jobName), jobName, waitOptions),
    logs: (jobName) => watchOf(jobName).log(),
  };
}

function podSettings(options: KubernetesLauncherOptions): PodSettings {
  const [volume, directory] = [resolve(options.volume), resolve(options.directory)];
  if (relative(volume, directory).startsWith('..')) {
    throw new Error(`the directory of jobs must lie below the volume ${volume}, was ${directory}`);
  }
  return {
    image: options.image,
    command: options.command,
    user: jobUser(),
    cpus: options.cpus ?? 1,
    claim: options.claim,
    volume,
    directory,
    startMsMax: options.startMsMax ?? START_MS_MAX,
    ...(options.seccompProfile === undefined ? {} : { seccompProfile: options.seccompProfile }),
  };
}

/** Creates the Job, or finds the one that another worker created. */
async function createOnce(api: KubernetesApi, spec: LaunchSpec, manifest: V1Job): Promise<void> {
  const before = await createJob(api, manifest);
  if (before !== null && before.metadata?.annotations?.[ANNOTATION_SPEC] !== spec.specHash) {
    throw new JobConflictError(spec.jobName);
  }
}

async function waitForEnd(
  watch: KubernetesWatch,
  jobName: string,
  { signal, onProgress }: Parameters<Launcher['wait']>[1],
): Promise<Extract<JobObservation, { phase: 'ended' }>> {
  const startedAt = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const observation = await watch.enforce();
    onProgress?.(observation);
    if (observation.phase === 'ended') return observation;
    if (observation.phase === 'absent') throw new JobAbsentError(jobName);
    const isLater = performance.now() - startedAt > LATER_AFTER_MS;
    await pause(isLater ? LATER_TICK_MS : TICK_MS, undefined, signal);
  }
}

/** Jobs that the cluster has, whether or not their directory is still there. */
async function jobsOf(api: KubernetesApi, scope: string): Promise<string[]> {
  const objects = await listJobObjects(api, `${LABEL_SCOPE}=${scope}`);
  return objects.flatMap(({ metadata }) => metadata?.annotations?.[ANNOTATION_JOB] ?? []);
}
