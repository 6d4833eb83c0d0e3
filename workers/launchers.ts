import type { Launcher } from '../adapters/launchers/launcher.ts';
import type { WorkerConfiguration } from './configuration.ts';
import { nomadSecrets, openNomadLauncher } from './nomad-jobs.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type ClusterConfiguration = Pick<
  WorkerConfiguration,
  | 'STRATEGY_LOOP_KUBERNETES_CLAIM'
  | 'STRATEGY_LOOP_KUBERNETES_VOLUME'
  | 'STRATEGY_LOOP_KUBERNETES_NAMESPACE'
  | 'STRATEGY_LOOP_KUBERNETES_START_MS'
  | 'STRATEGY_LOOP_KUBERNETES_SECCOMP'
  | 'STRATEGY_LOOP_KUBERNETES_FEED_PROXY'
>;
type LauncherConfiguration = Pick<
  WorkerConfiguration,
  'STRATEGY_LOOP_JOBS' | 'STRATEGY_LOOP_IMAGE'
> &
  ClusterConfiguration;

/** The launchers of containers that a worker's configuration allows. */
export async function containerLaunchers(
  configuration: LauncherConfiguration,
  environment: Environment,
): Promise<Launcher[]> {
  const { STRATEGY_LOOP_JOBS: directory, STRATEGY_LOOP_IMAGE: image } = configuration;
  if (image === undefined) return [];
  // The engine's client is large; a worker whose jobs are processes does not wait for it.
  const { openDockerLauncher } = await import('./docker-jobs.ts');
  return [
    openDockerLauncher(directory, image, environment),
    ...(environment['NOMAD_ADDR'] === undefined
      ? []
      : [openNomadLauncher(directory, image, environment)]),
    ...(await clusterLaunchers(directory, image, configuration)),
  ];
}

async function clusterLaunchers(
  directory: string,
  image: string,
  configuration: ClusterConfiguration,
): Promise<Launcher[]> {
  const { STRATEGY_LOOP_KUBERNETES_CLAIM: claim, STRATEGY_LOOP_KUBERNETES_VOLUME: volume } =
    configuration;
  if (claim === undefined || volume === undefined) return [];
  // The client is large; only workers that need it wait for it.
  const { openKubernetesLauncher } = await import('./kubernetes-jobs.ts');
  const cluster = {
    namespace: configuration.STRATEGY_LOOP_KUBERNETES_NAMESPACE,
    claim,
    volume,
    startMsMax: configuration.STRATEGY_LOOP_KUBERNETES_START_MS,
    seccompProfile: configuration.STRATEGY_LOOP_KUBERNETES_SECCOMP,
    feedProxy: configuration.STRATEGY_LOOP_KUBERNETES_FEED_PROXY,
  };
  return [openKubernetesLauncher(directory, image, cluster)];
}

/** Texts of the launchers' credentials that no log may hold. */
export function launcherSecrets(environment: Environment): string[] {
  return nomadSecrets(environment);
}
