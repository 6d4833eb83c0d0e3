import { createHash } from 'node:crypto';
import { relative, sep } from 'node:path';
import type { V1Container, V1Job, V1PodSpec } from '@kubernetes/client-node';
import {
  CONTAINER_ENVIRONMENT,
  CONTAINER_INPUT,
  CONTAINER_OUTPUT,
} from './container-environment.ts';
import { keeperCommand, TERMINATION_LOG } from './kubernetes-keeper.ts';
import type { LaunchSpec } from './launcher.ts';
import type { JobFiles } from './process-job-files.ts';

/** The one container of a job's pod. */
export const JOB_CONTAINER = 'job';
/** Full values; labels hold what Kubernetes allows of them. */
export const ANNOTATION_JOB = 'strategy-loop/job';
export const ANNOTATION_SPEC = 'strategy-loop/spec-hash';
/** Tells the jobs of one launcher directory from others in the same namespace. */
export const LABEL_SCOPE = 'strategy-loop/scope';
/** Policies let the pods with this label, and no others, reach the proxy of network feeds. */
export const LABEL_NETWORK = 'strategy-loop/network';
export const NETWORK_FEED_PROXY = 'feed-proxy';

/** The worker asks for a stop with a file, which the container sees here. */
const CONTAINER_CONTROL = '/job/control';
const STOP_FILE = 'stop';
const CERTIFICATES_FILE = 'certificates.pem';

const VOLUME = 'jobs';
const TEMPORARY = 'tmp';
const TMP_SIZE = '64Mi';
/** A node that does not answer for so long has lost its pods; the default is five minutes. */
const NODE_SILENCE_SECONDS = 60;
/** What starting and stopping may take beside the job's own times before the platform steps in. */
const SLACK_MS = 60_000;
const SECOND_MS = 1000;

/** Settings of a job's pod that do not depend on the job. */
export interface PodSettings {
  /** Image reference; by digest where there is a registry. */
  readonly image: string;
  /** @returns argv of a job of that type, inside the image. */
  readonly command: (jobType: string) => readonly string[];
  readonly user: { readonly uid: number; readonly gid: number };
  /** Cores that one job gets, and no more. */
  readonly cpus: number;
  /** Claim of the shared volume, and where this machine has its root. */
  readonly claim: string;
  readonly volume: string;
  /** The launcher's directory, below the volume. */
  readonly directory: string;
  /** How long a job may wait for a node, its image and its volume, in ms. */
  readonly startMsMax: number;
  /** Seccomp profile below the kubelet's own folder of them; the runtime's default one otherwise. */
  readonly seccompProfile?: string;
  /** How a job that names hosts reaches them; absent for all others. */
  readonly network?: PodNetwork;
}

/** The way of a job's network feed to its hosts. */
export interface PodNetwork {
  readonly proxyUrl: string;
  /** Whether the worker has put certificates beside the stop file, which the job trusts as well. */
  readonly hasCertificates: boolean;
}

/** @returns the same for every worker on the same volume, wherever each has mounted it. */
export function scopeOf({ volume, directory }: Pick<PodSettings, 'volume' | 'directory'>): string {
  return hash(relative(volume, directory)).slice(0, 16);
}

/** @returns the name of a job in its namespace: the same on every try, and a valid one. */
export function kubernetesName(scope: string, jobName: string): string {
  return `strategy-loop-${hash(`${scope}\n${jobName}`).slice(0, 40)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** @returns what of a text may stand as a label's value. */
export function labelValue(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

/** File by which a worker asks a job to stop. */
export function stopFile(files: JobFiles): { readonly directory: string; readonly name: string } {
  return { directory: `${files.directory}/control`, name: STOP_FILE };
}

/** File with the certificates that a job trusts beside the usual ones. */
export function certificatesFile(files: JobFiles): string {
  return `${stopFile(files).directory}/${CERTIFICATES_FILE}`;
}

/**
 * A job that is tried once, in a pod that Pod Security's level "restricted" admits. Retries are the
 * loop's own; the platform's deadline is only for a job that no worker watches any more.
 */
export function jobManifest(spec: LaunchSpec, files: JobFiles, settings: PodSettings): V1Job {
  const { deadlineMs, graceMs } = spec.limits;
  const labels = {
    'app.kubernetes.io/name': 'strategy-loop',
    'app.kubernetes.io/component': 'job',
    [LABEL_SCOPE]: scopeOf(settings),
    ...Object.fromEntries(
      Object.entries(spec.labels).map(([name, text]) => [
        `strategy-loop/${name}`,
        labelValue(text),
      ]),
    ),
    ...(settings.network === undefined ? {} : { [LABEL_NETWORK]: NETWORK_FEED_PROXY }),
  };
  const annotations = {
    ...Object.fromEntries(
      Object.entries(spec.labels).map(([name, text]) => [`strategy-loop/${name}`, text]),
    ),
    [ANNOTATION_JOB]: spec.jobName,
    [ANNOTATION_SPEC]: spec.specHash,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: kubernetesName(scopeOf(settings), spec.jobName), labels, annotations },
    spec: {
      completions: 1,
      parallelism: 1,
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      activeDeadlineSeconds: seconds(settings.startMsMax + deadlineMs + graceMs + SLACK_MS),
      template: { metadata: { labels, annotations }, spec: podSpec(spec, files, settings) },
    },
  };
}

function podSpec(spec: LaunchSpec, files: JobFiles, settings: PodSettings): V1PodSpec {
  const { uid, gid } = settings.user;
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    dnsPolicy: 'Default',
    terminationGracePeriodSeconds: seconds(spec.limits.graceMs) + 1,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: uid,
      runAsGroup: gid,
      seccompProfile:
        settings.seccompProfile === undefined
          ? { type: 'RuntimeDefault' }
          : { type: 'Localhost', localhostProfile: settings.seccompProfile },
    },
    tolerations: ['not-ready', 'unreachable'].map((state) => ({
      key: `node.kubernetes.io/${state}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: NODE_SILENCE_SECONDS,
    })),
    containers: [container(spec, files, settings)],
    volumes: [
      { name: VOLUME, persistentVolumeClaim: { claimName: settings.claim } },
      { name: TEMPORARY, emptyDir: { medium: 'Memory', sizeLimit: TMP_SIZE } },
    ],
  };
}

/** Requests equal limits: a job takes nothing from others, and others take nothing from it. */
function container(spec: LaunchSpec, files: JobFiles, settings: PodSettings): V1Container {
  const resources = { cpu: String(settings.cpus), memory: `${String(spec.limits.memoryMib)}Mi` };
  const mount = (directory: string, mountPath: string, readOnly: boolean) => ({
    name: VOLUME,
    mountPath,
    readOnly,
    subPath: relative(settings.volume, directory).split(sep).join('/'),
  });
  return {
    name: JOB_CONTAINER,
    image: settings.image,
    imagePullPolicy: 'IfNotPresent',
    command: keeperCommand(
      { stop: `${CONTAINER_CONTROL}/${STOP_FILE}`, note: TERMINATION_LOG },
      spec.limits,
      settings.command(spec.jobType),
    ).map(literal),
    workingDir: '/tmp',
    env: Object.entries({
      ...CONTAINER_ENVIRONMENT,
      ...networkEnvironment(settings.network),
    }).map(([name, value]) => ({ name, value: literal(value) })),
    resources: { requests: resources, limits: resources },
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      mount(files.input, CONTAINER_INPUT, true),
      mount(stopFile(files).directory, CONTAINER_CONTROL, true),
      mount(files.output, CONTAINER_OUTPUT, false),
      { name: TEMPORARY, mountPath: '/tmp' },
    ],
  };
}

function networkEnvironment(network: PodNetwork | undefined): Record<string, string> {
  if (network === undefined) return {};
  const certificates = `${CONTAINER_CONTROL}/${CERTIFICATES_FILE}`;
  return {
    HTTPS_PROXY: network.proxyUrl,
    ...(network.hasCertificates ? { NODE_EXTRA_CA_CERTS: certificates } : {}),
  };
}

function seconds(ms: number): number {
  return Math.ceil(ms / SECOND_MS);
}

/** Kubernetes replaces `$(NAME)` in commands and variables, and takes `$$` for one `$`. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}
