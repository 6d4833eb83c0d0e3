import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { NomadClient } from '../../adapters/launchers/nomad-client.ts';
import { nomadJobId } from '../../adapters/launchers/nomad-job.ts';
import { createNomadLauncher } from '../../adapters/launchers/nomad.ts';
import type { NomadLauncherOptions } from '../../adapters/launchers/nomad.ts';
import { packagePath } from '../../cli/package-path.ts';
import { dockerSecurity } from '../../workers/docker-settings.ts';
import { aSpec, CONTRACT_JOBS, runJob, untilLogged } from '../support/launcher-contract.ts';
import { containerOf, makeNomadPlace } from '../support/nomad-cluster.ts';
import type { NomadPlace } from '../support/nomad-cluster.ts';
import { expectConfined, PROFILE_TRIES, probeScript } from '../support/probe.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';
const MIB = 1024 * 1024;

/** What the driver has to deny beside what every platform does. */
const MORE = [
  'write-app touch /usr/local/bin/escape',
  `connect-out node -e 'require("net").connect(53,"1.1.1.1").on("connect",()=>process.exit(0)).on("error",()=>process.exit(1))'`,
  `interfaces sh -c 'test "$(ls /sys/class/net)" != lo'`,
  'docker-socket test -e /var/run/docker.sock',
  "run-from-tmp sh -c 'cp /bin/true /tmp/t && /tmp/t'",
  'nomad-socket test -S /secrets/api.sock',
  'nomad-token test -n "$NOMAD_TOKEN"',
];

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

/** The project's profile, on a path that the node's driver reads. */
async function profileOnNode(): Promise<string> {
  await mkdir(join(place.volume, 'settings'), { recursive: true });
  const path = join(place.volume, 'settings', 'seccomp.json');
  await copyFile(packagePath('infra/docker/seccomp.json'), path);
  return path;
}

async function probe(tries: readonly string[], seccomp?: string): Promise<string[]> {
  const launcher = create({
    command: () => ['sh', '-c', probeScript(tries)],
    ...(seccomp === undefined ? {} : { seccomp }),
  });
  const spec = aSpec('probe', { memoryMib: 256 });
  await runJob(launcher, spec);
  return (await launcher.logs(spec.jobName)).toString().trim().split('\n');
}

describe('the container of a job on Nomad', () => {
  it('is started with every restriction that the driver knows', async () => {
    const launcher = create({ seccomp: await profileOnNode(), cpuMhz: 500 });
    const spec = aSpec('hang', { memoryMib: 256 });
    await launcher.ensure(spec);
    await untilLogged(launcher, spec.jobName, 'ready');

    const id = await containerOf(place, nomadJobId(join(place.volume, 'jobs', spec.jobName)));
    const { Config, HostConfig, Mounts } = await new Docker().getContainer(id ?? '').inspect();
    await launcher.cancel(spec.jobName);

    expect(Config.User).toBe('65532:65532');
    expect(HostConfig).toMatchObject({
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      Privileged: false,
      CapAdd: null,
      Memory: 256 * MIB,
      MemorySwap: 256 * MIB,
      PidsLimit: 256,
      Init: true,
      IpcMode: 'private',
      RestartPolicy: { Name: '' },
    });
    const capDrop = HostConfig.CapDrop as readonly string[];
    expect(capDrop.map((name) => name.toUpperCase())).toEqual(['ALL']);
    expect(HostConfig.CpuQuota).toBeGreaterThan(0);
    expect(HostConfig.Devices ?? []).toEqual([]);
    expect(HostConfig.Ulimits).toEqual(
      expect.arrayContaining([
        { Name: 'nofile', Soft: 1024, Hard: 1024 },
        { Name: 'core', Soft: 0, Hard: 0 },
      ]),
    );
    const [privileges, profile = ''] = HostConfig.SecurityOpt as readonly string[];
    expect(privileges).toBe('no-new-privileges');
    expect(JSON.parse(profile.replace(/^seccomp=/, ''))).toEqual(
      JSON.parse(dockerSecurity({}).seccomp ?? ''),
    );
    const own = join(place.volume, 'jobs', spec.jobName);
    const mounts = Mounts.map(({ Source, Destination, RW }) => [Source, Destination, RW]);
    // The last three are Nomad's own, of this allocation alone.
    expect(mounts.sort((a, b) => String(a[1]).localeCompare(String(b[1])))).toEqual([
      [expect.stringMatching(/\/alloc$/), '/alloc', true],
      [join(own, 'input'), '/job/input', false],
      [join(own, 'log'), '/job/log', true],
      [join(own, 'output'), '/job/output', true],
      [expect.stringMatching(/\/job\/local$/), '/local', true],
      [expect.stringMatching(/\/job\/secrets$/), '/secrets', true],
      ['', '/tmp', true],
    ]);
  });

  it('is denied what it must not do, and allowed what it needs', async () => {
    expectConfined(await probe(MORE), 9 + MORE.length);
  });

  it('is denied more by the profile of the project', async () => {
    expectConfined(
      await probe([...MORE, ...PROFILE_TRIES], await profileOnNode()),
      9 + MORE.length + PROFILE_TRIES.length,
    );
  });
});
