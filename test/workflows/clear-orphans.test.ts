import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { createProcessLauncher } from '../../adapters/launchers/process.ts';
import { insertJobRun } from '../../adapters/postgres/job-runs.ts';
import { listStages } from '../../adapters/postgres/stages.ts';
import { demoSettings } from '../../cli/defaults.ts';
import { ensureOrphanSchedule } from '../../cli/orphan-schedule.ts';
import { clearOrphansId } from '../../schemas/ids.ts';
import { JOB_LABEL } from '../../schemas/job-label.ts';
import { DEFAULT_JOB_LIMITS } from '../../schemas/payload.ts';
import type { ClearedOrphans, PreparedJob } from '../../schemas/payload.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { openTestLoop, TEST_TIMING, until, YEAR_2012 } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';

const STRATEGIES = ['buy-and-hold', 'rsi-macd'] as const;
const SHA256 = 'a'.repeat(64);

/** Two cycles that wait at retrain, each with a real job beside; the first is terminated. */
describe('clearOrphans', () => {
  let loop: TestLoop;
  let jobs: Launcher;
  let terminated: string;
  let kept: string;

  /** A job of a cycle that sleeps for ten minutes. */
  async function startJob(cycleId: string, strategyId: string): Promise<string> {
    const jobName = `sl-trade-${strategyId}`;
    const job: PreparedJob = {
      jobName,
      jobType: 'trade/walk',
      strategyId,
      stage: 'trade',
      attempt: 9,
      specHash: SHA256,
      inputSha256: SHA256,
      files: [],
      limits: DEFAULT_JOB_LIMITS,
    };
    await insertJobRun(loop.session.pool, { cycleId, stage: 'trade', unit: 'sleeper' }, job);
    await jobs.directories(jobName);
    await jobs.ensure({
      ...job,
      labels: { [JOB_LABEL.CycleId]: cycleId, [JOB_LABEL.WorkflowId]: cycleId },
    });
    await until('the job runs', async () => (await jobs.observe(jobName)).phase === 'running');
    return jobName;
  }

  async function startWaiting(strategyId: string): Promise<string> {
    await loop.firstRelease(strategyId);
    await loop.register({ ...demoSettings(strategyId), trainer: { patience: 3 } });
    const id = await loop.startCycle(strategyId, YEAR_2012);
    await until(
      'the cycle waits',
      async () => (await statusOf(id)).cycle === 'awaiting-operator',
      60_000,
    );
    return id;
  }

  async function statusOf(cycleId: string) {
    const { rows } = await loop.session.pool.query<{ status: string }>(
      'select status from cycles where cycle_id = $1',
      [cycleId],
    );
    const stages = await listStages(loop.session.pool, cycleId);
    return { cycle: rows[0]?.status, last: stages.at(-1) };
  }

  function clear(): Promise<ClearedOrphans> {
    return loop.session.client.workflow.execute<(input: unknown) => Promise<ClearedOrphans>>(
      'clearOrphans',
      {
        workflowId: clearOrphansId(LauncherKind.Process),
        taskQueue: TaskQueue.Workflows,
        args: [{ launcher: LauncherKind.Process, timing: TEST_TIMING }],
      },
    );
  }

  beforeAll(async () => {
    loop = await openTestLoop();
    await loop.startWorker();
    jobs = createProcessLauncher({
      directory: loop.session.stack.jobsDirectory,
      command: () => ['sleep', '600'],
    });
    [terminated, kept] = (await Promise.all(STRATEGIES.map(startWaiting))) as [string, string];
    // The look leaves out the newest minute.
    await loop.session.pool.query(`update cycles set started_at = now() - interval '1 hour'`);
  }, 120_000);

  afterAll(async () => {
    for (const { jobName } of await jobs.list()) await jobs.cancel(jobName);
    await loop.close();
  }, 60_000);

  it('removes the job and closes the cycle of a terminated workflow, and no other', async () => {
    const { client, pool } = loop.session;
    const orphan = await startJob(terminated, STRATEGIES[0]);
    const wanted = await startJob(kept, STRATEGIES[1]);

    // Would notice a look that takes what is still wanted.
    expect(await clear()).toEqual({ jobs: [], cycles: [] });

    await client.workflow.getHandle(terminated).terminate('no longer wanted');
    // Would notice that the termination itself tidied up, and this test showed nothing.
    expect(await jobs.observe(orphan)).toMatchObject({ phase: 'running' });
    expect((await statusOf(terminated)).cycle).toBe('awaiting-operator');

    const cleared = await clear();
    expect(cleared.cycles).toEqual([terminated]);
    // The ended jobs of its stages lie there too.
    expect(cleared.jobs).toEqual(expect.arrayContaining([orphan]));
    const left = (await jobs.list()).map(({ labels }) => labels[JOB_LABEL.WorkflowId]);
    expect(new Set(left)).toEqual(new Set([kept]));

    expect(await jobs.observe(orphan)).toEqual({ phase: 'absent' });
    expect(await jobs.observe(wanted)).toMatchObject({ phase: 'running' });
    expect(await statusOf(terminated)).toMatchObject({
      cycle: 'aborted',
      last: { status: 'aborted', cause: expect.stringContaining('TERMINATED') as string },
    });
    expect((await statusOf(kept)).cycle).toBe('awaiting-operator');
    const { rows } = await pool.query<{ status: string; failure: { type: string } }>(
      'select status, failure from job_runs where job_name = any ($1) order by job_name',
      [[orphan, wanted]],
    );
    expect(rows).toEqual([
      {
        status: 'failed',
        failure: { type: 'Orphaned', message: expect.stringContaining(terminated) as string },
      },
      { status: 'running', failure: null },
    ]);
    expect(await clear()).toEqual({ jobs: [], cycles: [] });
  }, 90_000);

  it('leaves the window free to be run again', async () => {
    const [strategyId] = STRATEGIES;
    await loop.register(demoSettings(strategyId));

    const id = await loop.startCycle(strategyId, YEAR_2012);

    expect(await loop.result(id)).toMatchObject({ cycleId: terminated });
  }, 60_000);

  it('is started by a schedule, which can be made twice', async () => {
    const { client } = loop.session;
    await ensureOrphanSchedule(client, LauncherKind.Process);
    await ensureOrphanSchedule(client, LauncherKind.Process);
    const schedule = client.schedule.getHandle(clearOrphansId(LauncherKind.Process));
    await schedule.trigger();

    const started = async (): Promise<number> =>
      (await schedule.describe()).info.recentActions.length;
    await until('the schedule has started a run', async () => (await started()) > 0);

    expect(await started()).toBe(1);
    await schedule.delete();
  }, 60_000);
});
