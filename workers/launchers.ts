import type { Launcher } from '../adapters/launchers/launcher.ts';
import type { WorkerConfiguration } from './configuration.ts';
import { openDockerLauncher } from './docker-jobs.ts';

/** The launchers of containers that a worker's configuration allows. */
export function containerLaunchers(configuration: WorkerConfiguration): Launcher[] {
  const { STRATEGY_LOOP_JOBS: directory, STRATEGY_LOOP_IMAGE: image } = configuration;
  return image === undefined ? [] : [openDockerLauncher(directory, image)];
}
