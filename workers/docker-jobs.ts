import Docker from 'dockerode';
import { createDockerLauncher } from '../adapters/launchers/docker.ts';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { dockerNetwork, dockerSecurity, requireDockerHost } from './docker-settings.ts';

/** The program that runs a job, inside the image. */
export const JOB_PROGRAM = '/app/dist/jobs/main.js';

/**
 * The launcher of jobs in containers, on the engine that DOCKER_HOST names or the local one.
 *
 * @param directory of the process launcher; jobs in containers lie beside it.
 * @throws {ConfigurationError} that names every wrong variable and its rule.
 */
export function openDockerLauncher(
  directory: string,
  image: string,
  environment: Readonly<Record<string, string | undefined>>,
): Launcher {
  requireDockerHost(environment);
  return createDockerLauncher({
    docker: new Docker(),
    directory: `${directory}-docker`,
    image,
    command: (jobType) => ['node', JOB_PROGRAM, jobType],
    security: dockerSecurity(environment),
    network: dockerNetwork(environment),
  });
}
