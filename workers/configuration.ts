import { hostname } from 'node:os';
import { z } from 'zod';
import { artifactLocationProblem } from '../adapters/artifacts/artifact-location.ts';
import { parseHosts } from '../schemas/feed-hosts.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Levels of a worker's log, the most talkative first. */
export const LogLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);

/** Hosts with commas between, each with its port if that is not 443. */
export const HostList = z.string().refine((text) => parseHosts(text) !== null, {
  error: ({ input }) =>
    `must be host or host:port, with commas between; ${JSON.stringify(wrongHost(String(input)))} is not. ` +
    'Name each host in full, such as data.example.com or data.example.com:8443',
});

function wrongHost(list: string): string | undefined {
  return list
    .split(',')
    .find((part) => parseHosts(part) === null)
    ?.replace(/^.*@/, '…@');
}

/** Settings of a worker process, all from its environment. */
export const WorkerSettings = z.object({
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL'),
  TEMPORAL_ADDRESS: z.string().regex(/^[^\s:]+:\d+$/, 'must be host:port'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  /** The artifact store: a directory, or `s3://bucket/prefix`. */
  STRATEGY_LOOP_ARTIFACTS: z
    .string({ error: () => artifactLocationProblem('') ?? undefined })
    .superRefine((location, context) => {
      const message = artifactLocationProblem(location);
      if (message !== null) context.addIssue({ code: 'custom', message });
    }),
  /** Directory in which the process launcher keeps its jobs. */
  STRATEGY_LOOP_JOBS: z.string().min(1),
  /** Image that jobs run in; without one they run as processes only. */
  STRATEGY_LOOP_IMAGE: z.string().min(1).optional(),
  /** Claim of the volume that jobs and workers share; with one, Kubernetes runs the image. */
  STRATEGY_LOOP_KUBERNETES_CLAIM: z
    .string()
    .regex(DNS_NAME, 'must be the name of a PersistentVolumeClaim: a-z 0-9 - .')
    .optional(),
  /** Where this machine has the root of that volume. */
  STRATEGY_LOOP_KUBERNETES_VOLUME: z
    .string()
    .startsWith('/', 'must be an absolute path')
    .optional(),
  /** Namespace of the claim and of the jobs. */
  STRATEGY_LOOP_KUBERNETES_NAMESPACE: z
    .string()
    .regex(DNS_LABEL, 'must be the name of a namespace: a-z 0-9 -')
    .default('strategy-loop'),
  /** How long a job may wait in the cluster for a node, its image and its volume, in ms. */
  STRATEGY_LOOP_KUBERNETES_START_MS: z.coerce.number().int().min(1000).default(300_000),
  /** Seccomp profile of jobs, below the kubelets' folder of them; the runtime's own by default. */
  STRATEGY_LOOP_KUBERNETES_SECCOMP: z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+)*$/, "must be a path below the kubelet's folder of profiles")
    .optional(),
  /** Where the proxy of network feeds serves in the cluster. */
  STRATEGY_LOOP_KUBERNETES_FEED_PROXY: z
    .string()
    .regex(/^[^\s:/]+:\d+$/, 'must be host:port')
    .optional(),
  /** Whether jobs may run releases with other code than they were made with. */
  STRATEGY_LOOP_ACCEPT_OTHER_CODE: z.stringbool().default(false),
  /** Hosts that every network feed may reach beside its own, such as those that it redirects to. */
  STRATEGY_LOOP_FEED_HOSTS: HostList.default(''),
  /** Jobs that run at once on this machine. */
  STRATEGY_LOOP_JOBS_MAX: z.coerce.number().int().min(1).max(1000).default(2),
  /** Shown in Temporal; the machine's name by default. */
  STRATEGY_LOOP_WORKER_NAME: z.string().min(1).default(hostname()),
  /** Where the worker serves its metrics and its health, host:port; nowhere when absent. */
  STRATEGY_LOOP_METRICS_ADDRESS: z
    .string()
    .regex(/^\S+:\d+$/, 'must be host:port')
    .optional(),
  /** The least serious lines that the log shows. */
  STRATEGY_LOOP_LOG_LEVEL: LogLevel.default('info'),
  /** How long a workflow task may wait for the worker that has its workflow in memory, in ms. */
  STRATEGY_LOOP_STICKY_MS: z.coerce.number().int().min(100).default(5000),
});

/** What only makes sense together is asked for together. */
const WorkerConfiguration = WorkerSettings.superRefine((settings, context) => {
  const isClaimed = settings.STRATEGY_LOOP_KUBERNETES_CLAIM !== undefined;
  const needed = ['STRATEGY_LOOP_KUBERNETES_VOLUME', 'STRATEGY_LOOP_IMAGE'] as const;
  for (const name of isClaimed ? needed : []) {
    if (settings[name] !== undefined) continue;
    const message = 'is needed with STRATEGY_LOOP_KUBERNETES_CLAIM';
    context.addIssue({ code: 'custom', path: [name], message });
  }
});
export type WorkerConfiguration = z.infer<typeof WorkerConfiguration>;

/** The environment lacks a setting or holds a wrong one. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** @throws {ConfigurationError} that names every wrong variable and its rule, never its value. */
export function readConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
): WorkerConfiguration {
  return requireSettings(WorkerConfiguration, environment);
}

/** Whether jobs may run what was made with other code. @throws {ConfigurationError} when that is neither yes nor no. */
export function acceptsOtherCode(
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const settings = WorkerSettings.pick({ STRATEGY_LOOP_ACCEPT_OTHER_CODE: true });
  return requireSettings(settings, environment).STRATEGY_LOOP_ACCEPT_OTHER_CODE;
}

/**
 * Reads settings. A variable that is empty is one that is not set, as in most shells' files.
 *
 * @throws {ConfigurationError} that names every wrong variable and its rule, never its value.
 */
export function requireSettings<T>(
  settings: z.ZodType<T>,
  environment: Readonly<Record<string, string | undefined>>,
): T {
  const given = Object.entries(environment).filter(([, value]) => (value ?? '') !== '');
  const parsed = settings.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, code, message }) => {
    const name = path.map(String).join('.');
    // An empty one is told its rule where that has words of its own.
    const isEmpty = environment[name] === '' && !message.startsWith('must ');
    const isMissing = code !== 'custom' && (environment[name] === undefined || isEmpty);
    return `${name}: ${isMissing ? 'must be set' : message}`;
  });
  throw new ConfigurationError(`the worker's environment is wrong: ${problems.join('; ')}`);
}
