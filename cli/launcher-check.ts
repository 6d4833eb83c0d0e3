import type { Launcher } from '../adapters/launchers/launcher.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { shownText } from '../schemas/feed-hosts.ts';
import type { LauncherKind } from '../schemas/task-queue.ts';
import { dataDirectoryLayout } from '../infra/local/data-directory.ts';
import type { ContainerLauncherKind } from '../workers/launchers.ts';
import { CommandError } from './command-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A platform that is there answers within a second; one that is not may not even refuse. */
const ANSWER_MS_MAX = 10_000;

/** What starts jobs, and what to do when it does not answer. */
interface Platform {
  readonly what: string;
  readonly wayOut: string;
}

/**
 * Opens a launcher as a worker of this data directory would.
 *
 * @throws {ConfigurationError} that names the variables that are missing or wrong.
 */
export async function openLauncherOf(
  kind: ContainerLauncherKind,
  { image, dataDirectory }: { readonly image?: string | undefined; readonly dataDirectory: string },
): Promise<Launcher> {
  // Most commands start no container, and the workers' room takes its time to load.
  const { LauncherSettings, openContainerLauncher } = await import('../workers/launchers.ts');
  const { requireSettings } = await import('../workers/configuration.ts');
  const settings = requireSettings(LauncherSettings, {
    ...process.env,
    STRATEGY_LOOP_IMAGE: image,
    STRATEGY_LOOP_JOBS: dataDirectoryLayout(dataDirectory).jobs,
  });
  return openContainerLauncher(kind, settings, process.env);
}

/** @returns null when the platform answers, otherwise what is wrong with it. */
export async function launcherTrouble(
  launcher: Pick<Launcher, 'kind' | 'list'>,
  environment: Environment,
): Promise<{ readonly text: string; readonly wayOut: string } | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(ANSWER_MS_MAX / 1000)} s`));
    }, ANSWER_MS_MAX);
  });
  try {
    await Promise.race([launcher.list(), tooLate]);
    return null;
  } catch (error) {
    const { what, wayOut } = platformOf(launcher.kind, environment);
    const why = error instanceof Error ? error.message : String(error);
    const text = why.includes('does not answer') ? why : `${what} cannot be asked: ${why}`;
    return { text, wayOut };
  } finally {
    clearTimeout(timer);
  }
}

/** @throws {CommandError} when what starts the jobs does not answer. */
export async function requireAnswer(
  launcher: Pick<Launcher, 'kind' | 'list'>,
  environment: Environment,
): Promise<void> {
  const trouble = await launcherTrouble(launcher, environment);
  if (trouble === null) return;
  throw new CommandError(
    CommandExitCode.Unavailable,
    `${trouble.text}. Nothing was started. ${trouble.wayOut}`,
  );
}

function platformOf(kind: LauncherKind, environment: Environment): Platform {
  switch (kind) {
    case 'docker':
      return {
        what: `the Docker Engine at ${shownText(environment['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock')}`,
        wayOut: 'Start it, or name another with DOCKER_HOST; `docker info` must answer.',
      };
    case 'kubernetes':
      return {
        what: `the Kubernetes cluster of ${environment['KUBECONFIG'] ?? 'the default kubeconfig'}`,
        wayOut:
          'Name a cluster that answers with KUBECONFIG; see docs/kubernetes.md for its rights.',
      };
    case 'nomad':
      return {
        what: `the Nomad server at ${environment['NOMAD_ADDR'] ?? 'NOMAD_ADDR'}`,
        wayOut: 'Name one that answers with NOMAD_ADDR; see docs/nomad.md for its token.',
      };
    case 'process':
      return { what: 'this machine', wayOut: 'See `strategy-loop doctor`.' };
  }
}
