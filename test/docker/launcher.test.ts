import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { containerName } from '../../adapters/launchers/docker-container.ts';
import { createDockerLauncher } from '../../adapters/launchers/docker.ts';
import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { dockerSecurity } from '../../workers/docker-settings.ts';
import { aSpec, CONTRACT_JOBS, launcherContract, runJob } from '../support/launcher-contract.ts';
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

function create(jobs = directory): Launcher {
  return createDockerLauncher({
    docker,
    directory: jobs,
    image: IMAGE,
    command: (jobType) => CONTRACT_JOBS[jobType] ?? [],
    security: dockerSecurity({}),
  });
}

describe('createDockerLauncher', () => {
  launcherContract({ create, elsewhere: () => create(`${directory}-other`) });

  it('does not run a container again that has ended before its start was noted', async () => {
    const spec = aSpec('ok');
    await runJob(create(), spec);
    const container = docker.getContainer(containerName(join(directory, spec.jobName)));
    const { State: before } = await container.inspect();
    await rm(join(directory, spec.jobName, 'claim'), { recursive: true });

    await create().ensure(spec);

    expect((await container.inspect()).State.StartedAt).toBe(before.StartedAt);
  });
});
