import { rm } from 'node:fs/promises';
import Docker from 'dockerode';
import { createDockerLauncher } from '../../adapters/launchers/docker.ts';
import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { dockerSecurity } from '../../workers/docker-settings.ts';
import { CONTRACT_JOBS, launcherContract } from '../support/launcher-contract.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? 'strategy-loop-base:bookworm-node20';
const docker = new Docker();

let directory: string;

beforeAll(async () => {
  directory = await scratchDirectory('docker-launcher');
});

afterAll(async () => {
  for (const { jobName } of await create().list()) {
    await create().cancel(jobName);
    await create().remove(jobName);
  }
  await rm(directory, { recursive: true, force: true });
});

function create(): Launcher {
  return createDockerLauncher({
    docker,
    directory,
    image: IMAGE,
    command: (jobType) => CONTRACT_JOBS[jobType] ?? [],
    security: dockerSecurity({}),
  });
}

describe('createDockerLauncher', () => {
  launcherContract({ create });
});
