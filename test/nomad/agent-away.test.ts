import { join } from 'node:path';
import { LauncherUnavailableError } from '../../adapters/launchers/launcher.ts';
import type { Launcher, LaunchSpec } from '../../adapters/launchers/launcher.ts';
import { NomadClient } from '../../adapters/launchers/nomad-client.ts';
import { nomadJobId } from '../../adapters/launchers/nomad-job.ts';
import { createNomadLauncher } from '../../adapters/launchers/nomad.ts';
import { describeWhere } from '../support/describe-where.ts';
import { aSpec, CONTRACT_JOBS, untilLogged, waitFor } from '../support/launcher-contract.ts';
import { startNomadAgent, whyNoAgent } from '../support/nomad-agent.ts';
import type { NomadAgent } from '../support/nomad-agent.ts';
import { containerOf, get, makeNomadPlace, put } from '../support/nomad-cluster.ts';
import type { NomadPlace } from '../support/nomad-cluster.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';
import { until } from '../support/until.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';
const REASON = whyNoAgent();

describeWhere(REASON === null ? '' : ` (skipped: ${REASON})`, 'a cluster that goes away', () => {
  let agent: NomadAgent;
  let place: NomadPlace;

  beforeAll(async () => {
    agent = await startNomadAgent(join(await scratchDirectory('nomad-agent'), 'agent'));
    place = await makeNomadPlace(agent.environment);
  }, 120_000);

  afterAll(async () => {
    await place.remove();
    await agent.stop();
  }, 120_000);

  const create = (): Launcher =>
    createNomadLauncher({
      client: new NomadClient(place.worker),
      directory: join(place.volume, 'jobs'),
      image: IMAGE,
      command: (jobType) =>
        jobType === 'awhile'
          ? ['sh', '-c', 'echo ready; sleep 25; echo over; exit 65']
          : (CONTRACT_JOBS[jobType] ?? []),
    });

  const started = async (jobType: string): Promise<LaunchSpec> => {
    const spec = aSpec(jobType, { deadlineMs: 300_000 });
    await create().ensure(spec);
    await untilLogged(create(), spec.jobName, 'ready');
    return spec;
  };

  it('is unavailable while its server is down, and its job is found again with its end', async () => {
    const spec = await started('awhile');
    const container = await containerOf(
      place,
      nomadJobId(join(place.volume, 'jobs', spec.jobName)),
    );

    for (const part of ['server', 'node'] as const) await agent.crash(part);
    await expect(create().observe(spec.jobName)).rejects.toBeInstanceOf(LauncherUnavailableError);
    await expect(create().ensure(aSpec('ok'))).rejects.toBeInstanceOf(LauncherUnavailableError);
    await Promise.all([agent.restart('server'), agent.restart('node')]);

    expect(await containerOf(place, nomadJobId(join(place.volume, 'jobs', spec.jobName)))).toBe(
      container,
    );
    expect(await waitFor(create(), spec.jobName)).toMatchObject({ cause: 'exited', exitCode: 65 });
    expect((await create().logs(spec.jobName)).toString()).toBe('ready\nover\n');
  }, 180_000);

  it('loses a job whose node is away too long, and ends it when the node comes back', async () => {
    const spec = await started('hang');

    await agent.crash('node');
    const end = await waitFor(create(), spec.jobName);
    await agent.restart('node');

    expect(end).toMatchObject({ cause: 'lost', exitCode: null });
    expect(end.detail).toBe('alloc is lost since its node is down');
    await until(
      'its container is gone',
      async () =>
        (await containerOf(place, nomadJobId(join(place.volume, 'jobs', spec.jobName)))) === null,
    );
  }, 120_000);

  it('loses a job whose node is drained, and lets it start nowhere else', async () => {
    const spec = await started('hang');
    const [node] = (await get<{ ID: string }[]>(place.admin, '/v1/nodes')) ?? [];
    const path = `/v1/node/${node?.ID ?? ''}/drain`;
    await put(place.admin, path, { DrainSpec: { Deadline: -1 } });

    const end = await waitFor(create(), spec.jobName);
    await put(place.admin, path, { DrainSpec: null, MarkEligible: true });

    expect(end).toMatchObject({ cause: 'lost', exitCode: null });
    expect(end.detail).toBe('alloc is being migrated');
    const jobPath = `/v1/job/${nomadJobId(join(place.volume, 'jobs', spec.jobName))}`;
    await until('the scheduler is done with it', async () => {
      const all = await get<{ Status: string }[]>(place.admin, `${jobPath}/evaluations`);
      return (all ?? []).every(({ Status }) => ['complete', 'canceled'].includes(Status));
    });
    expect(await get<unknown[]>(place.admin, `${jobPath}/allocations`)).toHaveLength(1);
  }, 120_000);
});
