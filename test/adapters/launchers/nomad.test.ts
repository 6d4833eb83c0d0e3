import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { JobConflictError } from '../../../adapters/launchers/launcher.ts';
import type { Launcher, LaunchSpec } from '../../../adapters/launchers/launcher.ts';
import { NomadClient } from '../../../adapters/launchers/nomad-client.ts';
import type { NomadRequest, NomadSettings } from '../../../adapters/launchers/nomad-client.ts';
import { nomadJobId } from '../../../adapters/launchers/nomad-job.ts';
import { createNomadLauncher } from '../../../adapters/launchers/nomad.ts';
import type { NomadLauncherOptions } from '../../../adapters/launchers/nomad.ts';
import {
  aSpec,
  CONTRACT_JOBS,
  countRuns,
  launcherContract,
  runJob,
  untilLogged,
  waitFor,
} from '../../support/launcher-contract.ts';
import { NomadDouble } from '../../support/nomad-double.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

let directory: string;
let double: NomadDouble;

beforeAll(async () => {
  directory = await scratchDirectory('nomad-launcher');
  double = new NomadDouble(await scratchDirectory('nomad-double'));
  await double.listen();
});

afterEach(() => {
  double.hasRoom = true;
  double.driverProblem = null;
  double.token = null;
});

afterAll(async () => {
  await double.close();
  await rm(directory, { recursive: true, force: true });
  await rm(`${directory}-other`, { recursive: true, force: true });
});

const SETTINGS = { namespace: 'loop', token: () => Promise.resolve(null) };

function clientOf(settings: Partial<NomadSettings> = {}): NomadClient {
  return new NomadClient({ ...SETTINGS, address: double.address, ...settings });
}

function create(options: Partial<NomadLauncherOptions> = {}): Launcher {
  return createNomadLauncher({
    client: clientOf(),
    directory,
    image: 'strategy-loop:test',
    command: (jobType) => CONTRACT_JOBS[jobType] ?? [],
    tickMs: 50,
    ...options,
  });
}

async function hanging(launcher: Launcher): Promise<LaunchSpec> {
  const spec = aSpec('hang');
  await launcher.ensure(spec);
  await untilLogged(launcher, spec.jobName, 'ready');
  return spec;
}

describe('createNomadLauncher, against a double of the HTTP API (test/nomad has a real one)', () => {
  launcherContract({ create, elsewhere: () => create({ directory: `${directory}-other` }) });

  it('would run a job several times if Nomad were not told to take its id once', async () => {
    class CarelessClient extends NomadClient {
      override ask(request: NomadRequest): ReturnType<NomadClient['ask']> {
        const { body, ...rest } = request;
        return super.ask({
          ...rest,
          ...(body === undefined ? {} : { body: { ...(body as object), EnforceIndex: false } }),
        });
      }
    }
    const careless = (): Launcher =>
      create({ client: new CarelessClient({ ...SETTINGS, address: double.address }) });

    expect(await countRuns(careless)).toBeGreaterThan(1);
  });

  it('registers a container that may do nothing but compute, and that Nomad starts once', async () => {
    const [launcher, spec] = [create(), aSpec('ok', { memoryMib: 256, graceMs: 1_500 })];
    await runJob(launcher, spec);

    const { TaskGroups, Type } = double.spec(nomadJobId(join(directory, spec.jobName)));
    const [group] = TaskGroups;
    const [task] = group.Tasks;
    const here = join(directory, spec.jobName);

    expect(Type).toBe('batch');
    expect(group).toMatchObject({
      Count: 1,
      RestartPolicy: { Attempts: 0, Mode: 'fail' },
      ReschedulePolicy: { Attempts: 0, Unlimited: false },
      Disconnect: { Replace: false },
    });
    expect(task).toMatchObject({
      Driver: 'docker',
      Resources: { MemoryMB: 256 },
      KillTimeout: 1_500_000_000,
      Config: {
        network_mode: 'none',
        readonly_rootfs: true,
        cap_drop: ['all'],
        security_opt: ['no-new-privileges'],
        pids_limit: 256,
        mount: [
          { type: 'bind', source: join(here, 'input'), target: '/job/input', readonly: true },
          { type: 'bind', source: join(here, 'output'), target: '/job/output', readonly: false },
          { type: 'bind', source: join(here, 'log'), target: '/job/log', readonly: false },
          { type: 'tmpfs', target: '/tmp', tmpfs_options: [{ size: 67_108_864, mode: 0o1777 }] },
        ],
      },
    });
    expect(task.User).not.toMatch(/^0:/);
    expect(task.Config).not.toHaveProperty('privileged');
  });

  it('says why no node takes a job, and withdraws it first, so that it cannot start later', async () => {
    double.hasRoom = false;
    const [launcher, spec] = [create({ startDeadlineMs: 200 }), aSpec('once')];
    await launcher.ensure(spec);

    const end = await waitFor(launcher, spec.jobName);
    double.hasRoom = true;

    expect(end).toMatchObject({ cause: 'not-started', exitCode: null, wallMs: 0 });
    expect(end.detail).toContain('3 looked at');
    expect(end.detail).toContain('1 do not meet ${attr.kernel.name} = linux');
    expect(end.detail).toContain('2 have too little memory');
    expect(double.requests).toContain(
      `DELETE /v1/job/${nomadJobId(join(directory, spec.jobName))}?namespace=loop&purge=false`,
    );
    expect(await launcher.logs(spec.jobName)).toHaveLength(0);
  });

  it('waits for a node within the start deadline, and cancels a job that has none', async () => {
    double.hasRoom = false;
    const [launcher, spec] = [create(), aSpec('once')];
    await launcher.ensure(spec);
    expect(await launcher.observe(spec.jobName)).toMatchObject({ phase: 'running' });

    await launcher.cancel(spec.jobName);

    expect(await launcher.observe(spec.jobName)).toMatchObject({ cause: 'cancelled', wallMs: 0 });
  });

  it('tells the digest of an image that is named by one, and of no other', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;

    const named = await runJob(create({ image: `ghcr.io/loop@${digest}` }), aSpec('ok'));
    expect(named.image).toBe(digest);
    expect((await runJob(create(), aSpec('ok'))).image).toBeUndefined();
  });

  it('passes on what the driver says of an image that cannot be had', async () => {
    double.driverProblem = 'Failed to pull `strategy-loop:test`: manifest unknown';

    const end = await runJob(create(), aSpec('ok'));

    expect(end).toMatchObject({ cause: 'not-started' });
    expect(end.detail).toBe(
      'Driver Failure: Failed to pull `strategy-loop:test`: manifest unknown',
    );
  });

  it.each([
    ['its node is lost', { ignoresReplace: false }],
    ['its node is lost and an older Nomad replaces it', { ignoresReplace: true }],
  ])('is lost when %s, and a replacement never becomes the job', async (_, options) => {
    const launcher = create();
    const spec = await hanging(launcher);

    double.loseNode(nomadJobId(join(directory, spec.jobName)), options);
    const end = await waitFor(launcher, spec.jobName);

    expect(end).toMatchObject({ cause: 'lost', exitCode: null });
    expect(end.detail).toContain('node is down');
    for (const allocation of double.allocations(nomadJobId(join(directory, spec.jobName)))) {
      expect(allocation.desiredStatus).toBe('stop');
    }
  });

  it('is lost, and not killed, when the cluster takes it off its node', async () => {
    const launcher = create();
    const spec = await hanging(launcher);

    double
      .allocations(nomadJobId(join(directory, spec.jobName)))[0]
      ?.stop('alloc was preempted', 'evict');

    expect(await waitFor(launcher, spec.jobName)).toMatchObject({
      cause: 'lost',
      detail: 'alloc was preempted',
    });
  });

  it('is lost when Nomad has forgotten it before its end was seen', async () => {
    const [launcher, spec] = [create(), aSpec('ok')];
    await launcher.ensure(spec);
    await clientOf().ask({
      what: 'remove a job',
      method: 'DELETE',
      path: `/v1/job/${nomadJobId(join(directory, spec.jobName))}`,
      query: { purge: 'true' },
    });

    expect(await waitFor(launcher, spec.jobName)).toMatchObject({ cause: 'lost' });
    // Registering it anew would run it a second time.
    await launcher.ensure(spec);
    expect(double.has(nomadJobId(join(directory, spec.jobName)))).toBe(false);
  });

  it('refuses a registered job with another spec, though the directory is new', async () => {
    const spec = aSpec('ok');
    // A job that runs would write into what is taken away.
    await runJob(create(), spec);
    await rm(join(directory, spec.jobName), { recursive: true });

    await expect(create().ensure({ ...spec, specHash: 'other' })).rejects.toThrow(JobConflictError);
  });

  it('lists a registered job whose directory is gone, and no job of another directory', async () => {
    const spec = aSpec('ok');
    await runJob(create(), spec);
    await rm(join(directory, spec.jobName), { recursive: true });
    const other = await scratchDirectory('nomad-empty');

    expect(await create().list()).toContainEqual({ jobName: spec.jobName, labels: {} });
    expect(await create({ directory: other }).list()).toEqual([]);
    await create().remove(spec.jobName);
    expect(double.has(nomadJobId(join(directory, spec.jobName)))).toBe(false);
  });

  it('asks without waiting when it only looks, and lets the server wait when it watches', async () => {
    const [launcher, spec] = [create(), aSpec('once')];

    await runJob(launcher, spec);

    const reads = double.requests.filter((line) =>
      line.includes(`${nomadJobId(join(directory, spec.jobName))}/allocations`),
    );
    expect(reads[0]).not.toContain('wait=');
    expect(reads.at(-1)).toContain('wait=50ms');
  });
});
