import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { containerOptions } from '../../adapters/launchers/docker-container.ts';
import { securityOptions } from '../../adapters/launchers/docker-security.ts';
import { createDockerLauncher } from '../../adapters/launchers/docker.ts';
import { jobUser } from '../../adapters/launchers/job-user.ts';
import type { LaunchSpec } from '../../adapters/launchers/launcher.ts';
import { jobFiles } from '../../adapters/launchers/process-jobs.ts';
import { DEFAULT_JOB_LIMITS } from '../../schemas/payload.ts';
import { LauncherKind } from '../../schemas/task-queue.ts';
import { dockerSecurity } from '../../workers/docker-settings.ts';

/** Pairs; the first one warms the engine's caches and is not counted. */
const PAIRS = 15;

/** One pair, in ms: the same container by hand and by the launcher. */
export interface StartUp {
  readonly bareMs: number;
  readonly ownMs: number;
}

/** A job that does nothing, with everything that a real one has. */
export function idleSpec(): LaunchSpec {
  return {
    jobName: `job-${randomUUID()}`,
    jobType: 'idle',
    specHash: 'idle',
    limits: DEFAULT_JOB_LIMITS,
    labels: { launcher: LauncherKind.Docker },
  };
}

/**
 * What a job costs beyond the start of its container. Bare is the very same container (same image,
 * limits and mounts) created, started, waited for and removed by plain calls of the engine's client.
 */
export async function measureStartUp(
  docker: Docker,
  { directory, image }: { readonly directory: string; readonly image: string },
): Promise<StartUp[]> {
  const command = (): string[] => ['true'];
  const security = dockerSecurity({});
  const launcher = createDockerLauncher({ docker, directory, image, command, security });
  const profiles = await securityOptions(docker, security);
  const settings = {
    image,
    command,
    cpus: 1,
    user: jobUser(),
    directory,
    securityOptions: profiles,
  };

  async function bare(): Promise<number> {
    const spec = idleSpec();
    const files = jobFiles(join(directory, 'bare'), spec.jobName);
    await mkdir(files.input, { recursive: true });
    await mkdir(files.output, { recursive: true });
    const startedAt = performance.now();
    const container = await docker.createContainer(containerOptions(spec, files, settings));
    const ended = container.wait({ condition: 'next-exit' }) as Promise<unknown>;
    await container.start();
    await ended;
    await container.remove({ v: true, force: true });
    return performance.now() - startedAt;
  }

  async function own(): Promise<number> {
    const spec = idleSpec();
    const startedAt = performance.now();
    await launcher.directories(spec.jobName);
    await launcher.ensure(spec);
    const { exitCode } = await launcher.wait(spec.jobName, {
      signal: new AbortController().signal,
    });
    if (exitCode !== 0) throw new Error(`an idle job must exit with 0, was ${String(exitCode)}`);
    await launcher.logs(spec.jobName);
    await launcher.remove(spec.jobName);
    return performance.now() - startedAt;
  }

  const pairs: StartUp[] = [];
  for (let pair = 0; pair <= PAIRS; pair += 1)
    pairs.push({ bareMs: await bare(), ownMs: await own() });
  return pairs.slice(1);
}
