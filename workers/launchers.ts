import type { Launcher } from '../adapters/launchers/launcher.ts';
import type { WorkerConfiguration } from './configuration.ts';
import { openDockerLauncher } from './docker-jobs.ts';
import { nomadSecrets, openNomadLauncher } from './nomad-jobs.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The launchers of containers that a worker's configuration allows. */
export function containerLaunchers(
  configuration: Pick<WorkerConfiguration, 'STRATEGY_LOOP_JOBS' | 'STRATEGY_LOOP_IMAGE'>,
  environment: Environment,
): Launcher[] {
  const { STRATEGY_LOOP_JOBS: directory, STRATEGY_LOOP_IMAGE: image } = configuration;
  if (image === undefined) return [];
  return [
    openDockerLauncher(directory, image),
    ...(environment['NOMAD_ADDR'] === undefined
      ? []
      : [openNomadLauncher(directory, image, environment)]),
  ];
}

/** Texts of the launchers' credentials that no log may hold. */
export function launcherSecrets(environment: Environment): string[] {
  return nomadSecrets(environment);
}
