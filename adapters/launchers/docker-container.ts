import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode';
import {
  CONTAINER_CERTIFICATES,
  CONTAINER_ENVIRONMENT,
  CONTAINER_INPUT,
  CONTAINER_OUTPUT,
} from './container-environment.ts';
import type { LaunchSpec, ListedJob } from './launcher.ts';
import type { JobFiles } from './process-job-files.ts';

/** Containers of this project, and the directory of the launcher that made them. */
export const LABEL_JOB = 'strategy-loop.job';
export const LABEL_DIRECTORY = 'strategy-loop.directory';
export const LABEL_SPEC = 'strategy-loop.spec-hash';

const LABEL_PREFIX = 'strategy-loop.';
/** Of a proxy's container: the network that it shares with its job. */
export const LABEL_NETWORK = 'strategy-loop.network';
const OWN_LABELS: ReadonlySet<string> = new Set([
  LABEL_JOB,
  LABEL_DIRECTORY,
  LABEL_SPEC,
  LABEL_NETWORK,
]);

const MIB = 1024 * 1024;
export const PIDS_MAX = 256;
export const OPEN_FILES_MAX = 1024;
export const TMP_BYTES = 64 * MIB;
const ULIMITS = [
  { Name: 'nofile', Soft: OPEN_FILES_MAX, Hard: OPEN_FILES_MAX },
  { Name: 'core', Soft: 0, Hard: 0 },
];
const NANO = 1_000_000_000;

/** The shell of the image makes one stream of both, so that a log keeps the order of its lines. */
export const ONE_STREAM = ['/bin/sh', '-c', 'exec "$@" 2>&1', 'job'];

/** Settings of a container that do not depend on the job. */
export interface ContainerSettings {
  /** Image reference; by digest where there is a registry. */
  readonly image: string;
  /** @returns argv of a job of that type, inside the image. */
  readonly command: (jobType: string) => readonly string[];
  readonly user: { readonly uid: number; readonly gid: number };
  /** Cores that one job may use. */
  readonly cpus: number;
  /** Among them `no-new-privileges`. */
  readonly securityOptions: readonly string[];
  /** Absent for a job that has no network. */
  readonly network?: JobNetwork;
  readonly directory: string;
}

/** How a job that may reach some hosts does so. */
export interface JobNetwork {
  /** Of the engine; nobody else is in it but the proxy. */
  readonly id: string;
  readonly proxyUrl: string;
  /** File of this machine with certificates that the job trusts beside the usual ones. */
  readonly certificates: string | null;
}

/**
 * @param jobDirectory tells the job from one of the same name in another loop on the same engine.
 * @returns the name of a job's container: the same on every try, so that a second start attaches.
 */
export function containerName(jobDirectory: string): string {
  const scope = createHash('sha256').update(jobDirectory).digest('hex').slice(0, 12);
  return `strategy-loop-${basename(jobDirectory)}-${scope}`;
}

/** @returns filters by which the engine finds everything that it has of a job. */
export function ofJob(jobDirectory: string): { readonly label: string[] } {
  return {
    label: [
      `${LABEL_JOB}=${basename(jobDirectory)}`,
      `${LABEL_DIRECTORY}=${dirname(jobDirectory)}`,
    ],
  };
}

/** Labels of everything that the engine has of a job. */
export function jobLabels(spec: LaunchSpec, directory: string): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.entries(spec.labels).map(([name, value]) => [`${LABEL_PREFIX}${name}`, value]),
    ),
    [LABEL_JOB]: spec.jobName,
    [LABEL_DIRECTORY]: directory,
  };
}

/** Reads the job back of what it labels; each job once. */
export function labelledJobs(
  labelled: readonly (Readonly<Record<string, string>> | undefined)[],
): ListedJob[] {
  const jobs = new Map<string, ListedJob>();
  for (const all of labelled) {
    const jobName = all?.[LABEL_JOB];
    if (all === undefined || jobName === undefined || jobs.has(jobName)) continue;
    const own = Object.entries(all).filter(
      ([name]) => name.startsWith(LABEL_PREFIX) && !OWN_LABELS.has(name),
    );
    const labels = own.map(([name, value]) => [name.slice(LABEL_PREFIX.length), value] as const);
    jobs.set(jobName, { jobName, labels: Object.fromEntries(labels) });
  }
  return [...jobs.values()];
}

/**
 * A container that may do nothing but compute: no network (or one with a proxy alone in it), no
 * capabilities, no new privileges, a seccomp profile, a read-only root, a small `/tmp` in memory, and
 * limits on memory (with no swap beside it), cores, processes and open files. Only its output
 * directory can be written.
 */
export function containerOptions(
  spec: LaunchSpec,
  files: JobFiles,
  settings: ContainerSettings,
): ContainerCreateOptions {
  const { limits } = spec;
  return {
    name: containerName(files.directory),
    Image: settings.image,
    Entrypoint: ONE_STREAM,
    Cmd: [...settings.command(spec.jobType)],
    User: `${String(settings.user.uid)}:${String(settings.user.gid)}`,
    WorkingDir: '/tmp',
    Env: Object.entries({ ...CONTAINER_ENVIRONMENT, ...networkEnvironment(settings.network) }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    Labels: { ...jobLabels(spec, settings.directory), [LABEL_SPEC]: spec.specHash },
    HostConfig: {
      Mounts: [
        { Type: 'bind', Source: files.input, Target: CONTAINER_INPUT, ReadOnly: true },
        { Type: 'bind', Source: files.output, Target: CONTAINER_OUTPUT, ReadOnly: false },
        ...certificateMounts(settings.network),
      ],
      Tmpfs: { '/tmp': `rw,nosuid,nodev,noexec,size=${String(TMP_BYTES)},mode=1777` },
      NetworkMode: settings.network?.id ?? 'none',
      // Names of the outside are the proxy's to look up; the engine would pass questions on.
      ...(settings.network === undefined ? {} : { Dns: ['127.0.0.1'] }),
      ...confinement({
        securityOptions: settings.securityOptions,
        memoryBytes: limits.memoryMib * MIB,
        cpus: settings.cpus,
        pidsMax: PIDS_MAX,
        logSize: String(limits.logBytesMax * 8 + 64 * 1024),
      }),
    },
  };
}

/** What a container may take, and what else differs between a job and its proxy. */
interface Confinement {
  readonly securityOptions: readonly string[];
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly pidsMax: number;
  /** Of each of the two files of its log; the oldest lines go first. */
  readonly logSize: string;
}

/** The restrictions of every container: of a job, and of the proxy of one. */
export function confinement({
  securityOptions,
  memoryBytes,
  cpus,
  pidsMax,
  logSize,
}: Confinement): HostConfig {
  return {
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: [...securityOptions],
    Memory: memoryBytes,
    MemorySwap: memoryBytes,
    NanoCpus: Math.round(cpus * NANO),
    PidsLimit: pidsMax,
    Ulimits: ULIMITS,
    // Without an init, a job that is process 1 would not be ended by SIGTERM.
    Init: true,
    IpcMode: 'private',
    RestartPolicy: { Name: 'no' },
    // Bounds the disk that a verbose job takes.
    LogConfig: {
      Type: 'local',
      Config: { 'max-size': logSize, 'max-file': '2', compress: 'false' },
    },
  };
}

function networkEnvironment(network: JobNetwork | undefined): Record<string, string> {
  if (network === undefined) return {};
  return {
    HTTPS_PROXY: network.proxyUrl,
    ...(network.certificates === null ? {} : { NODE_EXTRA_CA_CERTS: CONTAINER_CERTIFICATES }),
  };
}

function certificateMounts(network: JobNetwork | undefined): MountSettings[] {
  const Source = network?.certificates ?? null;
  if (Source === null) return [];
  return [{ Type: 'bind', Source, Target: CONTAINER_CERTIFICATES, ReadOnly: true }];
}
