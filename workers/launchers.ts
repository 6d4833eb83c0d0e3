import type { z } from 'zod';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { LauncherKind } from '../schemas/task-queue.ts';
import { ConfigurationError, WorkerSettings } from './configuration.ts';
import { nomadSecrets, openNomadLauncher } from './nomad-jobs.ts';

type Environment = Readonly<Record<string, string | undefined>>;
/** What of a worker's settings its launchers read. */
export const LauncherSettings = WorkerSettings.pick({
  STRATEGY_LOOP_JOBS: true,
  STRATEGY_LOOP_IMAGE: true,
  STRATEGY_LOOP_KUBERNETES_CLAIM: true,
  STRATEGY_LOOP_KUBERNETES_VOLUME: true,
  STRATEGY_LOOP_KUBERNETES_NAMESPACE: true,
  STRATEGY_LOOP_KUBERNETES_START_MS: true,
  STRATEGY_LOOP_KUBERNETES_SECCOMP: true,
  STRATEGY_LOOP_KUBERNETES_FEED_PROXY: true,
});
type LauncherConfiguration = z.infer<typeof LauncherSettings>;

/** A launcher whose jobs run in an image. */
export type ContainerLauncherKind = Exclude<LauncherKind, 'process'>;

/** What a launcher cannot be opened without, beside the image. */
const NEEDED: Readonly<Record<ContainerLauncherKind, readonly string[]>> = {
  docker: [],
  kubernetes: ['STRATEGY_LOOP_KUBERNETES_CLAIM', 'STRATEGY_LOOP_KUBERNETES_VOLUME'],
  nomad: ['NOMAD_ADDR'],
};

/** The launchers of containers that a worker's configuration allows. */
export async function containerLaunchers(
  configuration: LauncherConfiguration,
  environment: Environment,
): Promise<Launcher[]> {
  const launchers: Launcher[] = [];
  for (const kind of containerKinds({ ...environment, ...clusterSettings(configuration) })) {
    if (configuration.STRATEGY_LOOP_IMAGE === undefined) break;
    launchers.push(await openContainerLauncher(kind, configuration, environment));
  }
  return launchers;
}

/** The launchers of containers for which an environment names all that they need but the image. */
export function containerKinds(environment: Environment): ContainerLauncherKind[] {
  const kinds = [LauncherKind.Docker, LauncherKind.Nomad, LauncherKind.Kubernetes] as const;
  return kinds.filter((kind) => NEEDED[kind].every((name) => (environment[name] ?? '') !== ''));
}

/**
 * Opens one launcher of containers. Nothing is asked of its platform yet.
 *
 * @throws {ConfigurationError} that names the variables that are missing or wrong.
 */
export async function openContainerLauncher(
  kind: ContainerLauncherKind,
  configuration: LauncherConfiguration,
  environment: Environment,
): Promise<Launcher> {
  const { STRATEGY_LOOP_JOBS: directory, STRATEGY_LOOP_IMAGE: image } = configuration;
  const given = {
    ...environment,
    ...clusterSettings(configuration),
    STRATEGY_LOOP_IMAGE: image,
  } as Environment;
  const missing = ['STRATEGY_LOOP_IMAGE', ...NEEDED[kind]].filter(
    (name) => (given[name] ?? '') === '',
  );
  if (image === undefined || missing.length > 0) {
    throw new ConfigurationError(
      `the ${kind} launcher needs ${missing.join(' and ')}; see ${PAGES[kind]}`,
    );
  }
  // The clients are large; a worker waits only for those that it needs.
  switch (kind) {
    case LauncherKind.Docker:
      return (await import('./docker-jobs.ts')).openDockerLauncher(directory, image, environment);
    case LauncherKind.Nomad:
      return openNomadLauncher(directory, image, environment);
    case LauncherKind.Kubernetes:
      return openClusterLauncher({ directory, image }, configuration, environment);
  }
}

/** Where each launcher's settings are told. */
const PAGES: Readonly<Record<ContainerLauncherKind, string>> = {
  docker: 'docs/containers.md',
  kubernetes: 'docs/kubernetes.md',
  nomad: 'docs/nomad.md',
};

function clusterSettings({
  STRATEGY_LOOP_KUBERNETES_CLAIM,
  STRATEGY_LOOP_KUBERNETES_VOLUME,
}: LauncherConfiguration): Environment {
  return { STRATEGY_LOOP_KUBERNETES_CLAIM, STRATEGY_LOOP_KUBERNETES_VOLUME };
}

async function openClusterLauncher(
  { directory, image }: { readonly directory: string; readonly image: string },
  configuration: LauncherConfiguration,
  environment: Environment,
): Promise<Launcher> {
  const {
    STRATEGY_LOOP_KUBERNETES_CLAIM: claim = '',
    STRATEGY_LOOP_KUBERNETES_VOLUME: volume = '',
  } = configuration;
  const { openKubernetesLauncher } = await import('./kubernetes-jobs.ts');
  const cluster = {
    namespace: configuration.STRATEGY_LOOP_KUBERNETES_NAMESPACE,
    claim,
    volume,
    startMsMax: configuration.STRATEGY_LOOP_KUBERNETES_START_MS,
    seccompProfile: configuration.STRATEGY_LOOP_KUBERNETES_SECCOMP,
    feedProxy: configuration.STRATEGY_LOOP_KUBERNETES_FEED_PROXY,
    certificates: environment['STRATEGY_LOOP_FEED_CERTIFICATES'] || undefined,
  };
  return openKubernetesLauncher(directory, image, cluster);
}

/** Texts of the launchers' credentials that no log may hold. */
export function launcherSecrets(environment: Environment): string[] {
  return nomadSecrets(environment);
}
