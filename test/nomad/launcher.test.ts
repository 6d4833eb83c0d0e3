import { join } from 'node:path';
import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { NomadClient } from '../../adapters/launchers/nomad-client.ts';
import { createNomadLauncher } from '../../adapters/launchers/nomad.ts';
import type { NomadLauncherOptions } from '../../adapters/launchers/nomad.ts';
import { CONTRACT_JOBS, launcherContract } from '../support/launcher-contract.ts';
import { makeNomadPlace } from '../support/nomad-cluster.ts';
import type { NomadPlace } from '../support/nomad-cluster.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';

let place: NomadPlace;

beforeAll(async () => {
  place = await makeNomadPlace();
});

afterAll(async () => {
  await place.remove();
});

function create(options: Partial<NomadLauncherOptions> = {}): Launcher {
  return createNomadLauncher({
    client: new NomadClient(place.worker),
    directory: join(place.volume, 'jobs'),
    image: IMAGE,
    command: (jobType) => CONTRACT_JOBS[jobType] ?? [],
    ...options,
  });
}

describe('createNomadLauncher, with the rights of infra/nomad/launch-policy.hcl alone', () => {
  launcherContract({ create, elsewhere: () => create({ directory: join(place.volume, 'other') }) });
});
