import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { namingEngine } from '../../../adapters/launchers/docker-away.ts';
import { createDockerLauncher } from '../../../adapters/launchers/docker.ts';
import { LauncherUnavailableError } from '../../../adapters/launchers/launcher.ts';
import type { Launcher } from '../../../adapters/launchers/launcher.ts';
import { freePorts } from '../../../infra/local/port.ts';
import { aSpec } from '../../support/launcher-contract.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

async function launcherOn(docker: Docker): Promise<Launcher> {
  return createDockerLauncher({
    docker,
    directory: join(await scratchDirectory('away'), 'jobs'),
    image: 'strategy-loop:none',
    command: () => ['true'],
    security: { seccomp: null, appArmor: null },
  });
}

describe('a Docker Engine that is away', () => {
  it('is named with its address when nothing listens there', async () => {
    const [port = 0] = await freePorts(1);
    const launcher = await launcherOn(new Docker({ host: '127.0.0.1', port }));

    await expect(launcher.list()).rejects.toThrow(LauncherUnavailableError);
    await expect(launcher.list()).rejects.toThrow(
      `the Docker Engine at 127.0.0.1:${String(port)} does not answer: connect ECONNREFUSED`,
    );
  });

  it('is away, too, when its socket went with it', async () => {
    const socketPath = join(await scratchDirectory('socket'), 'docker.sock');
    const launcher = await launcherOn(new Docker({ socketPath }));
    const spec = aSpec('probe');
    await launcher.directories(spec.jobName);

    await expect(launcher.ensure(spec)).rejects.toThrow(LauncherUnavailableError);
    await expect(launcher.observe(spec.jobName)).rejects.toThrow(`at unix://${socketPath} does`);
  });

  it('leaves a missing file what it is', async () => {
    const docker = new Docker({ socketPath: '/none.sock' });
    const launcher = namingEngine(
      { ...(await launcherOn(docker)), list: () => readdir('/none').then(() => []) },
      docker,
    );

    await expect(launcher.list()).rejects.toThrow(/^ENOENT: .*scandir/);
  });
});
