import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import Docker from 'dockerode';
import { containerName, containerOptions } from '../../adapters/launchers/docker-container.ts';
import { createDockerLauncher } from '../../adapters/launchers/docker.ts';
import { JOB_USER } from '../../adapters/launchers/job-user.ts';
import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { jobFiles } from '../../adapters/launchers/process-jobs.ts';
import { aSpec, CONTRACT_JOBS, runJob } from '../support/launcher-contract.ts';
import { dockerSecurity } from '../../workers/docker-settings.ts';
import { expectConfined, PROFILE_TRIES, probeScript } from '../support/probe.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';
const MIB = 1024 * 1024;
const docker = new Docker();

/** What the engine has to deny beside what every platform does. */
const MORE = [
  'write-app touch /usr/local/bin/escape',
  `connect-out node -e 'require("net").connect(53,"1.1.1.1").on("connect",()=>process.exit(0)).on("error",()=>process.exit(1))'`,
  `interfaces sh -c 'test "$(ls /sys/class/net)" != lo'`,
  'docker-socket test -e /var/run/docker.sock',
  "run-from-tmp sh -c 'cp /bin/true /tmp/t && /tmp/t'",
];
const PROBE = probeScript([...MORE, ...PROFILE_TRIES]);

let directory: string;

beforeAll(async () => {
  directory = await scratchDirectory('docker-hardening');
});
afterAll(async () => {
  for (const { jobName } of await create().list()) await create().remove(jobName);
  await rm(directory, { recursive: true, force: true });
});

function create(security = dockerSecurity({})): Launcher {
  const command = (jobType: string): readonly string[] =>
    jobType === 'probe' ? ['sh', '-c', PROBE] : (CONTRACT_JOBS[jobType] ?? []);
  return createDockerLauncher({ docker, directory, image: IMAGE, command, security });
}

async function probe(launcher: Launcher): Promise<string[]> {
  const spec = aSpec('probe', { memoryMib: 256 });
  await runJob(launcher, spec);
  return (await launcher.logs(spec.jobName)).toString().trim().split('\n');
}

describe('a job in a container', () => {
  it('is started with every restriction that the engine knows', async () => {
    const [launcher, spec] = [create(), aSpec('ok', { memoryMib: 256 })];
    await runJob(launcher, spec);

    const { Config, HostConfig, Mounts } = await docker
      .getContainer(containerName(join(directory, spec.jobName)))
      .inspect();

    expect(Config.User).toBe('65532:65532');
    expect(HostConfig.Devices ?? []).toEqual([]);
    expect(HostConfig).toMatchObject({
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      Privileged: false,
      CapDrop: ['ALL'],
      CapAdd: null,
      SecurityOpt: ['no-new-privileges', `seccomp=${String(dockerSecurity({}).seccomp)}`],
      Memory: 256 * MIB,
      MemorySwap: 256 * MIB,
      NanoCpus: 1_000_000_000,
      PidsLimit: 256,
      Binds: null,
      RestartPolicy: { Name: 'no' },
    });
    expect(HostConfig.Tmpfs).toEqual({
      '/tmp': expect.stringContaining('size=67108864') as string,
    });
    expect(Mounts.map(({ Destination, RW }) => [Destination, RW]).sort()).toEqual([
      ['/job/input', false],
      ['/job/output', true],
    ]);
  });

  it('is denied what it must not do, and allowed what it needs', async () => {
    const lines = await probe(create());

    expectConfined(lines, 14 + PROFILE_TRIES.length);
  });

  it('is denied more by the profile of the project than by the default one of the engine', async () => {
    const lines = await probe(create(dockerSecurity({ STRATEGY_LOOP_DOCKER_SECCOMP: 'engine' })));

    // Whether it allows io_uring, reading another's memory and sockets of the hypervisor depends on its version.
    expect(lines).toEqual(
      expect.arrayContaining(
        [
          ...['ptrace', 'memory-file', 'shared-memory', 'message-queue'],
          ...['personality', 'splice', 'netlink-socket', 'named-pipe'],
        ].map((name) => `allowed ${name}`),
      ),
    );
  });

  it('would be seen to escape without its restrictions', async () => {
    const spec = aSpec('probe');
    const files = jobFiles(directory, spec.jobName);
    await files.createDirectories();
    const options = containerOptions(spec, files, {
      image: IMAGE,
      command: () => ['sh', '-c', PROBE],
      user: { uid: 0, gid: 0 },
      cpus: 1,
      securityOptions: [],
      directory,
    });
    const container = await docker.createContainer({
      ...options,
      HostConfig: { Mounts: options.HostConfig?.Mounts ?? [] },
    });
    await container.start();
    await container.wait();
    const log = (await container.logs({ stdout: true, stderr: true })).toString();
    await container.remove();

    expect(log).toContain('allowed write-root');
    expect(log).toContain('allowed chroot');
    expect(log).toContain('allowed raw-socket');
    expect(log).not.toContain(String(JOB_USER.uid));
  });
});
