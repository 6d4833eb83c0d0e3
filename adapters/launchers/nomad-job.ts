import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { JOB_INPUT_DIRECTORY, JOB_OUTPUT_DIRECTORY } from '../../schemas/job.ts';
import { OPEN_FILES_MAX, PIDS_MAX, TMP_BYTES } from './docker-container.ts';
import type { LaunchSpec } from './launcher.ts';
import { CONTAINER_LOG, keepLog } from './nomad-log.ts';

/** Name of the only group and the only task of a job. */
export const TASK = 'job';
/** Where a job finds its directories inside the container. */
const INPUT = '/job/input';
const OUTPUT = '/job/output';
const ID_PREFIX = 'strategy-loop-';
const MIB = 1024 * 1024;
const NS_PER_MS = 1_000_000;
/** Logs that Nomad keeps: two files, the oldest lines go first. */
const LOG_FILES = 2;

/** Keys of a job's metadata. The job sees them as NOMAD_META_…, so there are no secrets in them. */
export const META_JOB = 'strategy_loop_job';
export const META_SPEC = 'strategy_loop_spec_hash';
export const META_DIRECTORY = 'strategy_loop_directory';
/** Digest of the image, where it is named by one: Nomad does not tell what a tag stood for. */
export const META_IMAGE = 'strategy_loop_image';

/** Settings of a job that do not depend on which one it is. */
export interface NomadJobSettings {
  /** Image reference, by digest. */
  readonly image: string;
  /** @returns argv of a job of that type, inside the image. */
  readonly command: (jobType: string) => readonly string[];
  readonly user: { readonly uid: number; readonly gid: number };
  /** Shared directory of the jobs as the worker sees it; tells this launcher's jobs from others'. */
  readonly directory: string;
  /** The same directory as Nomad's nodes see it. */
  readonly hostDirectory: string;
  /** Most that one job gets of a core's clock, in MHz. */
  readonly cpuMhz: number;
  readonly datacenters: readonly string[];
  readonly nodePool?: string;
  /** Path of a seccomp profile on the nodes, whose driver reads it; the engine's own by default. */
  readonly seccomp?: string;
  /** How long a node may be out of touch before its job counts as lost, in ms. */
  readonly lostAfterMs: number;
}

/**
 * @param jobDirectory tells the job from one of the same name in another loop on the same Nomad.
 * @returns the id of a job: the same on every try, so that a second registration is refused.
 */
export function nomadJobId(jobDirectory: string): string {
  const scope = createHash('sha256').update(jobDirectory).digest('hex').slice(0, 12);
  return `${ID_PREFIX}${basename(jobDirectory)}-${scope}`;
}

/** Of all jobs of this project in a namespace. */
export const JOB_ID_PREFIX = ID_PREFIX;

/**
 * A batch job with one container that may do nothing but compute, as the Docker launcher starts it.
 * Nomad never starts it a second time: who tries again is decided by the workflow.
 */
export function nomadJob(spec: LaunchSpec, settings: NomadJobSettings): Record<string, unknown> {
  const { limits } = spec;
  const id = nomadJobId(join(settings.directory, spec.jobName));
  const logFileMib = Math.max(1, Math.ceil(limits.logBytesMax / MIB) + 1);
  return {
    ID: id,
    Name: id,
    Type: 'batch',
    Datacenters: [...settings.datacenters],
    ...(settings.nodePool === undefined ? {} : { NodePool: settings.nodePool }),
    Constraints: [{ LTarget: '${attr.kernel.name}', RTarget: 'linux', Operand: '=' }],
    Meta: {
      ...Object.fromEntries(
        Object.entries(spec.labels).map(([name, value]) => [`strategy_loop_label_${name}`, value]),
      ),
      [META_JOB]: spec.jobName,
      [META_SPEC]: spec.specHash,
      [META_DIRECTORY]: settings.directory,
      ...imageMeta(settings.image),
    },
    TaskGroups: [
      {
        Name: TASK,
        Count: 1,
        RestartPolicy: { Attempts: 0, Mode: 'fail' },
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
        // A node that is only out of touch keeps its job; one that stays away loses it for good.
        Disconnect: { LostAfter: settings.lostAfterMs * NS_PER_MS, Replace: false },
        EphemeralDisk: { SizeMB: LOG_FILES * logFileMib + 16, Migrate: false, Sticky: false },
        Tasks: [containerTask(spec, settings, logFileMib)],
      },
    ],
  };
}

function imageMeta(image: string): Record<string, string> {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
  return digest === undefined ? {} : { [META_IMAGE]: digest };
}

function containerTask(
  spec: LaunchSpec,
  settings: NomadJobSettings,
  logFileMib: number,
): Record<string, unknown> {
  return {
    Name: TASK,
    Driver: 'docker',
    User: `${String(settings.user.uid)}:${String(settings.user.gid)}`,
    Config: containerConfig(spec, settings),
    Env: {
      HOME: '/tmp',
      TMPDIR: '/tmp',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      NODE_ENV: 'production',
      [JOB_INPUT_DIRECTORY]: INPUT,
      [JOB_OUTPUT_DIRECTORY]: OUTPUT,
    },
    // The driver gives no swap beside the memory.
    Resources: { CPU: settings.cpuMhz, MemoryMB: spec.limits.memoryMib },
    KillSignal: 'SIGTERM',
    KillTimeout: spec.limits.graceMs * NS_PER_MS,
    LogConfig: { MaxFiles: LOG_FILES, MaxFileSizeMB: logFileMib },
  };
}

/** Options of the docker driver; its block types are lists in JSON. */
function containerConfig(spec: LaunchSpec, settings: NomadJobSettings): Record<string, unknown> {
  const here = join(settings.hostDirectory, spec.jobName);
  return {
    image: settings.image,
    entrypoint: keepLog(spec.limits.logBytesMax),
    args: [...settings.command(spec.jobType)],
    work_dir: '/tmp',
    network_mode: 'none',
    readonly_rootfs: true,
    cap_drop: ['all'],
    security_opt: [
      'no-new-privileges',
      ...(settings.seccomp === undefined ? [] : [`seccomp=${settings.seccomp}`]),
    ],
    pids_limit: PIDS_MAX,
    ulimit: [{ nofile: `${String(OPEN_FILES_MAX)}:${String(OPEN_FILES_MAX)}`, core: '0:0' }],
    cpu_hard_limit: true,
    // Without an init, a job that is process 1 would not be ended by SIGTERM.
    init: true,
    ipc_mode: 'private',
    mount: [
      { type: 'bind', source: join(here, 'input'), target: INPUT, readonly: true },
      { type: 'bind', source: join(here, 'output'), target: OUTPUT, readonly: false },
      { type: 'bind', source: join(here, 'log'), target: CONTAINER_LOG, readonly: false },
      {
        type: 'tmpfs',
        target: '/tmp',
        readonly: false,
        tmpfs_options: [{ size: TMP_BYTES, mode: 0o1777 }],
      },
    ],
  };
}
