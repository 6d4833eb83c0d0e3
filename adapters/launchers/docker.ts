import { resolve } from 'node:path';
import type Docker from 'dockerode';
import type { ContainerCreateOptions } from 'dockerode';
import { LauncherKind } from '../../schemas/task-queue.ts';
import { containerJobs, ensureStartedOnce } from './container-jobs.ts';
import { namingEngine } from './docker-away.ts';
import {
  containerName,
  containerOptions,
  LABEL_DIRECTORY,
  LABEL_SPEC,
  labelledJobs,
  ofJob,
} from './docker-container.ts';
import type { ContainerSettings, JobNetwork } from './docker-container.ts';
import { inspectJob, nullOn, statusOf, textOfFrames } from './docker-engine.ts';
import { ensureProxy, networkLabels, PROXY_URL, proxyLog, removeProxy } from './docker-network.ts';
import type { DockerNetworkSettings } from './docker-network.ts';
import { asNotStarted } from './docker-refusal.ts';
import { securityOptions } from './docker-security.ts';
import type { DockerSecurity } from './docker-security.ts';
import { DockerWatch } from './docker-watch.ts';
import { jobUser } from './job-user.ts';
import { JobConflictError, NoNetworkError } from './launcher.ts';
import type { JobObservation, Launcher, LaunchSpec, ListedJob } from './launcher.ts';
import type { JobFiles } from './process-job-files.ts';
import { jobFiles } from './process-jobs.ts';
import { JobAbsentError, pause } from './process-wait.ts';

/** How often a running job is looked at. Its end is noticed at once. */
const TICK_MS = 100;
/** For another worker to finish a start that it has begun. */
const START_MS_MAX = 30_000;
/** In a job's log, what follows is its proxy's. */
const PROXY_MARK = Buffer.from('--- log of the feed proxy ---\n');

/** Settings of the Docker launcher. */
export interface DockerLauncherOptions {
  /** A client of the engine. */
  readonly docker: Docker;
  /** Holds one directory for each job, on a path that the engine's host has too. */
  readonly directory: string;
  readonly image: string;
  /** @returns argv of a job of that type, inside the image. */
  readonly command: (jobType: string) => readonly string[];
  readonly security: DockerSecurity;
  /** Without it, jobs that need the network are refused. */
  readonly network?: DockerNetworkSettings;
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
  const settings: BaseSettings = {
    image: options.image,
    command: options.command,
    cpus: options.cpus ?? 1,
    user: jobUser(),
    directory,
  };
  const jobs = containerJobs({
    directory,
    watchOf,
    cancelTickMs: TICK_MS,
    async discard(jobName) {
      const { directory: own } = filesOf(jobName);
      // By its labels: one that an older worker made may have another name.
      for (const { Id } of await docker.listContainers({ all: true, filters: ofJob(own) })) {
        await docker.getContainer(Id).remove({ v: true, force: true }).catch(nullOn(404, 409));
      }
      await removeProxy(docker, own);
    },
    known: () => knownJobs(docker, directory),
  });

  const launcher: Launcher = {
    kind: LauncherKind.Docker,
    image: options.image,
    ...jobs,
    ensure(spec) {
      const files = filesOf(spec.jobName);
      const start = async (): Promise<void> => {
        const secured = {
          ...settings,
          securityOptions: await securityOptions(docker, options.security),
        };
        const network = await networkOf(options, spec, secured);
        const whole = { ...secured, ...(network === null ? {} : { network }) };
        await createAndStart(docker, files, spec, containerOptions(spec, files, whole));
      };
      return ensureStartedOnce(files, spec, settings.user, () =>
        start().catch(async (error: unknown) => {
          await tidyUp(docker, files, spec);
          throw asNotStarted(spec.jobName, error);
        }),
      );
    },
    async cancel(jobName) {
      await jobs.cancel(jobName);
      await endNetwork(docker, filesOf(jobName));
    },
    async wait(jobName, waitOptions) {
      const ended = await waitForEnd(docker, filesOf(jobName), jobName, waitOptions);
      // Its container stays for its log; the way to the outside does not.
      await endNetwork(docker, filesOf(jobName));
      return ended;
    },
    logs: (jobName) => readLog(docker, filesOf(jobName)),
  };
  return namingEngine(launcher, docker);
}

/** Takes the proxy away of a job that has ended, and keeps what it printed: why it refused a host. */
async function endNetwork(docker: Docker, files: JobFiles): Promise<void> {
  if (((await files.readSpec())?.hosts ?? []).length === 0) return;
  const said = (await files.readLog()) === null ? await proxyLog(docker, files.directory) : null;
  if (said !== null && said.length > 0) await files.writeLog(said);
  await removeProxy(docker, files.directory);
}

/** Of a start that failed, nothing stays that only a job's end would take away. */
async function tidyUp(
  docker: Docker,
  { directory }: JobFiles,
  { hosts = [] }: LaunchSpec,
): Promise<void> {
  if (hosts.length === 0) return;
  try {
    if ((await inspectJob(docker, directory)) === null) await removeProxy(docker, directory);
  } catch {
    // Why the start failed matters more. What stays has the job's labels, and goes as an orphan.
  }
}

/** What of a container's settings is the same for all jobs. */
type BaseSettings = Omit<ContainerSettings, 'securityOptions' | 'network'>;

/**
 * The network of a job that names hosts; null for all others.
 *
 * @throws {NoNetworkError} when this launcher has none to give.
 */
async function networkOf(
  { docker, network }: DockerLauncherOptions,
  spec: LaunchSpec,
  settings: BaseSettings & Pick<ContainerSettings, 'securityOptions'>,
): Promise<JobNetwork | null> {
  if (spec.hosts === undefined || spec.hosts.length === 0) return null;
  if (network === undefined) throw new NoNetworkError(spec, 'Run it as a process.');
  return {
    id: await ensureProxy(docker, spec, { ...settings, network }),
    proxyUrl: PROXY_URL,
    certificates: network.certificates,
  };
}

/**
 * The engine reserves a name before the container can be found under it. So a worker that lost the
 * race for the name may have to wait for the one that won it, or to take its place.
 */
async function createAndStart(
  docker: Docker,
  files: JobFiles,
  spec: LaunchSpec,
  options: ContainerCreateOptions,
): Promise<void> {
  const giveUpAt = performance.now() + START_MS_MAX;
  for (;;) {
    const created = await docker.createContainer(options).catch(nullOn(409));
    const other = created === null ? await inspectJob(docker, files.directory) : null;
    if (other !== null && other.Config.Labels[LABEL_SPEC] !== spec.specHash) {
      throw new JobConflictError(spec.jobName);
    }
    // Whoever created it may have died before it was noted as started; one that ended runs once.
    if (other !== null && other.State.Status !== 'created') return;
    try {
      await docker.getContainer(containerName(files.directory)).start();
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
  files: JobFiles,
  jobName: string,
  { signal, onProgress }: Parameters<Launcher['wait']>[1],
): Promise<Extract<JobObservation, { phase: 'ended' }>> {
  const watch = new DockerWatch(docker, files);
  const stopWaiting = new AbortController();
  const ended = docker
    .getContainer(containerName(files.directory))
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

async function readLog(docker: Docker, files: JobFiles): Promise<Buffer> {
  const frames = await docker
    .getContainer(containerName(files.directory))
    .logs({ stdout: true, stderr: true, follow: false })
    .catch(nullOn(404));
  const bytesMax = (await files.readSpec())?.limits.logBytesMax ?? 0;
  const own = frames === null ? Buffer.alloc(0) : textOfFrames(frames, bytesMax);
  const said = await files.readLog();
  if (said === null) return own;
  const proxys = Buffer.concat([PROXY_MARK, said]);
  // Its last lines say why a host was refused: a job that prints much must not push them out.
  const kept = own.subarray(0, Math.max(0, bytesMax - proxys.length));
  return Buffer.concat([kept, proxys]).subarray(0, bytesMax);
}

/** Jobs that have a container or a network, whether or not their directory is still there. */
async function knownJobs(docker: Docker, directory: string): Promise<ListedJob[]> {
  const filters = { label: [`${LABEL_DIRECTORY}=${directory}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const labels = containers.map(({ Labels }) => Labels);
  return labelledJobs([...labels, ...(await networkLabels(docker, directory))]);
}
