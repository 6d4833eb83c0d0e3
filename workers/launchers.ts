import type { Launcher } from '../adapters/launchers/launcher.ts';
import type { WorkerConfiguration } from './configuration.ts';
import { openDockerLauncher } from './docker-jobs.ts';
import { openProcessLauncher } from './process-jobs.ts';

/** The launchers that a worker's configuration allows. */
export function openLaunchers(configuration: WorkerConfiguration): Launcher[] {
  const { STRATEGY_LOOP_JOBS: directory, STRATEGY_LOOP_IMAGE: image } = configuration;
  return [
    openProcessLauncher(directory),
    ...(image === undefined ? [] : [openDockerLauncher(directory, image)]),
  ];
}
