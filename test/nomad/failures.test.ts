import { execFileSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { JobConflictError } from '../../adapters/launchers/launcher.ts';
import type { Launcher, LaunchSpec } from '../../adapters/launchers/launcher.ts';
import { NomadClient } from '../../adapters/launchers/nomad-client.ts';
import { nomadJobId } from '../../adapters/launchers/nomad-job.ts';
import { createNomadLauncher } from '../../adapters/launchers/nomad.ts';
import type { NomadLauncherOptions } from '../../adapters/launchers/nomad.ts';
import { describeWhere } from '../support/describe-where.ts';
import {
  aSpec,
  CONTRACT_JOBS,
  runJob,
  untilLogged,
  waitFor,
} from '../support/launcher-contract.ts';
import { containerOf, erase, get, makeNomadPlace } from '../support/nomad-cluster.ts';
import type { NomadPlace } from '../support/nomad-cluster.ts';
import { until } from '../support/until.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';
const NO_ACCESS_CONTROL =
  process.env['NOMAD_TOKEN'] === undefined ? ' (skipped: the cluster asks for no token)' : '';

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

async function hanging(launcher: Launcher): Promise<LaunchSpec> {
  const spec = aSpec('hang', { deadlineMs: 120_000 });
  await launcher.ensure(spec);
  await untilLogged(launcher, spec.jobName, 'ready');
  return spec;
}

const pathOf = (spec: LaunchSpec): string =>
  `/v1/job/${nomadJobId(join(place.volume, 'jobs', spec.jobName))}`;

/** @returns whether each allocation of the job wants to run, and whether its container has ended. */
async function allocations(spec: LaunchSpec): Promise<string[]> {
  const all = await get<{ DesiredStatus: string; ClientStatus: string }[]>(
    place.admin,
    `${pathOf(spec)}/allocations`,
  );
  return (all ?? []).map((one) => `${one.DesiredStatus} ${one.ClientStatus}`);
}

describe('a job that does not come to run', () => {
  it('says why its image cannot be had', async () => {
    const end = await runJob(create({ image: 'localhost:1/no-such-image:1' }), aSpec('ok'));

    expect(end).toMatchObject({ cause: 'not-started', exitCode: null });
    expect(end.detail).toMatch(/^Driver Failure: Failed to pull `localhost:1\/no-such-image:1`/);
  });

  it.each<[string, Partial<NomadLauncherOptions>, RegExp]>([
    ['a datacenter that is not there', { datacenters: ['no-such'] }, /none in its datacenters/],
    [
      'more of the clock than there is',
      { cpuMhz: 9_000_000 },
      /1 looked at, 1 have too little cpu/,
    ],
  ])('says that no node takes it: %s', async (_, options, text) => {
    const spec = aSpec('once');
    const end = await runJob(create({ ...options, startDeadlineMs: 1_500 }), spec);

    expect(end).toMatchObject({ cause: 'not-started', wallMs: 0 });
    expect(end.detail).toMatch(/^not within 2 s; /);
    expect(end.detail).toMatch(text);
    const job = await get<{ Stop: boolean }>(place.admin, pathOf(spec));
    expect([job?.Stop, await allocations(spec)]).toEqual([true, []]);
  });

  it('says that no node takes it: more memory than there is', async () => {
    const spec = aSpec('once', { memoryMib: 9_000_000 });

    const end = await runJob(create({ startDeadlineMs: 1_500 }), spec);

    expect(end.detail).toMatch(/1 have too little memory/);
  });

  it('is over only when its container is, though it is cancelled as it starts', async () => {
    const [launcher, spec] = [create(), aSpec('hang')];
    await launcher.ensure(spec);

    await launcher.cancel(spec.jobName);

    expect(await launcher.observe(spec.jobName)).toMatchObject({ cause: 'cancelled' });
    expect(
      await containerOf(place, nomadJobId(join(place.volume, 'jobs', spec.jobName))),
    ).toBeNull();
    expect((await allocations(spec)).filter((one) => !one.startsWith('stop'))).toEqual([]);
  });
});

describe('a job that somebody else ends', () => {
  it.each([
    ['kill', ['kill', '--signal', 'KILL']],
    ['rm', ['rm', '--force']],
  ])('is killed when docker %s ends its container', async (_, words) => {
    const launcher = create();
    const spec = await hanging(launcher);
    const container = await containerOf(
      place,
      nomadJobId(join(place.volume, 'jobs', spec.jobName)),
    );

    execFileSync('docker', [...words, container ?? ''], { stdio: 'ignore' });

    expect(await waitFor(launcher, spec.jobName)).toMatchObject({
      cause: 'killed',
      signal: 'SIGKILL',
    });
    expect(await allocations(spec)).toEqual(['run failed']);
  });

  it.each([
    ['stopped', '', /alloc not needed/],
    ['removed', '?purge=true', /./],
  ])('is lost when its job is %s by hand', async (_, query, text) => {
    const launcher = create();
    const spec = await hanging(launcher);

    await erase(place.admin, `${pathOf(spec)}${query}`);

    const end = await waitFor(launcher, spec.jobName);
    expect(end).toMatchObject({ cause: 'lost', exitCode: null });
    expect(end.detail).toMatch(text);
    expect((await launcher.logs(spec.jobName)).toString()).toContain('ready');
  });

  it('has the end that it had when it is stopped by hand after that', async () => {
    const [launcher, spec] = [create(), aSpec('exit-65')];
    await launcher.ensure(spec);
    await waitFor(create(), spec.jobName);
    await rm(join(place.volume, 'jobs', spec.jobName, 'ended.json'));
    await erase(place.admin, pathOf(spec));

    expect(await waitFor(launcher, spec.jobName)).toMatchObject({ cause: 'exited', exitCode: 65 });
  });

  it('is lost when it was collected as garbage before its end was seen, and runs no second time', async () => {
    const [launcher, spec] = [create(), aSpec('once')];
    await runJob(launcher, spec);
    await rm(join(place.volume, 'jobs', spec.jobName, 'ended.json'));
    await erase(place.admin, `${pathOf(spec)}?purge=true`);
    await until('the cluster has forgotten it', async () => {
      await place.collectGarbage();
      return (await allocations(spec)).length === 0;
    });

    await launcher.ensure(spec);

    expect(await waitFor(launcher, spec.jobName)).toMatchObject({ cause: 'lost' });
    const { output } = await launcher.directories(spec.jobName);
    expect(await readFile(join(output, 'runs'), 'utf8')).toBe('run\n');
  });
});

describe('a job and its workers', () => {
  it('is taken up by the next worker when the first is gone', async () => {
    const spec = await hanging(create());

    const next = create();
    await next.ensure(spec);
    expect(await next.observe(spec.jobName)).toMatchObject({ phase: 'running' });
    await next.cancel(spec.jobName);

    expect(await create().observe(spec.jobName)).toMatchObject({ cause: 'cancelled' });
    expect(await allocations(spec)).toHaveLength(1);
  });

  it('is refused under its name with another spec, though the directory is new', async () => {
    const spec = aSpec('ok');
    // A job that runs would write into what is taken away.
    await runJob(create(), spec);
    await rm(join(place.volume, 'jobs', spec.jobName), { recursive: true });

    await expect(create().ensure({ ...spec, specHash: 'other' })).rejects.toThrow(JobConflictError);
  });

  it('is listed without its directory, by its own directory alone, until it is removed', async () => {
    const spec = aSpec('ok');
    await runJob(create(), spec);
    await rm(join(place.volume, 'jobs', spec.jobName), { recursive: true });

    expect(await create().list()).toContainEqual({ jobName: spec.jobName, labels: {} });
    expect(await create({ directory: join(place.volume, 'empty') }).list()).toEqual([]);
    await create().remove(spec.jobName);
    expect(await get(place.admin, pathOf(spec))).toBeNull();
  });

  it('keeps the last lines of jobs that end at once', async () => {
    const script =
      'i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done; echo last; exit 70';
    const launcher = create({ command: () => ['sh', '-c', script] });
    const specs = Array.from({ length: 6 }, () => aSpec('verbose'));

    await Promise.all(specs.map((spec) => runJob(launcher, spec)));

    const logs = await Promise.all(specs.map(({ jobName }) => launcher.logs(jobName)));
    expect(logs.filter((log) => !log.toString().endsWith('line 199\nlast\n'))).toEqual([]);
  });
});

describeWhere(NO_ACCESS_CONTROL, 'a token', () => {
  it.each<[string, () => Promise<string>]>([
    ['that nobody knows', () => Promise.resolve('6d2c2e6a-1a1c-4f0e-9d9b-5d1e5a1f0a11')],
    ['that is no token', () => Promise.resolve('s3cret-but-wrong')],
    ['with too few rights', () => place.weakToken()],
  ])('%s is refused with the variables to look at, and is not shown', async (_, token) => {
    const secret = await token();
    const client = new NomadClient({ ...place.worker, token: () => Promise.resolve(secret) });

    const error: unknown = await create({ client })
      .ensure(aSpec('ok'))
      .catch((caught: unknown) => caught);

    expect(String(error)).toMatch(/NOMAD_TOKEN.*STRATEGY_LOOP_NOMAD_TOKEN_FILE.*submit-job/);
    expect(JSON.stringify([String(error), error])).not.toContain(secret);
  });
});
