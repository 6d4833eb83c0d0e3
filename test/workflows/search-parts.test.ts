import { demoSettings } from '../../cli/defaults.ts';
import { retrainId } from '../../schemas/ids.ts';
import type { CycleStatusView } from '../../schemas/message.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import type { JobSettings } from '../../schemas/job-settings.ts';
import type { WorkerPlan } from '../faults/plan.ts';
import { startFaultyWorker } from '../support/faulty-worker.ts';
import { FIRST_TRAIN, SEED, TEST_TIMING, until } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';
import { openPreparedLoop } from '../support/prepared-loop.ts';

const STRATEGY = 'rsi-macd';
const PARTS = 4;
/** The third part is killed in its first attempt. */
const KILLED: WorkerPlan = { job: { type: 'retrain/score', fault: 'killed', part: 2 } };

describe('a search in parts', () => {
  let loop: TestLoop;

  beforeAll(async () => {
    loop = await openPreparedLoop(STRATEGY);
  }, 60_000);
  afterAll(() => loop.close(), 60_000);

  async function startRetrain(name: string, jobs: JobSettings, trainer = {}, more = {}) {
    await loop.register({ ...demoSettings(STRATEGY), ...more, jobs });
    return loop.session.client.workflow.start('retrainNow', {
      workflowId: retrainId(STRATEGY, name),
      taskQueue: TaskQueue.Workflows,
      args: [
        {
          strategyId: STRATEGY,
          requestId: name,
          trainWindow: FIRST_TRAIN,
          trainer,
          seed: SEED,
          rollOut: false,
          launcher: LauncherKind.Process,
          actor: 'test',
          timing: TEST_TIMING,
        },
      ],
    });
  }

  type Handle = Awaited<ReturnType<typeof startRetrain>>;

  /** The challenger that a retrain has made, without what counts all trials of the strategy. */
  async function challengerOf(name: string): Promise<unknown> {
    const { rows } = await loop.session.pool.query<{ manifest: object; evidence: unknown }>(
      `select manifest - 'trialCount' as manifest, evidence, trials from challengers
       where cycle_id = $1`,
      [retrainId(STRATEGY, name)],
    );
    expect(rows).toHaveLength(1);
    return rows[0];
  }

  /** Attempts of each job of the stage. */
  async function attemptsOf(name: string): Promise<Record<string, number>> {
    const { rows } = await loop.session.pool.query<{ unit: string; attempts: number }>(
      `select unit, count(*)::int as attempts from job_runs
       where cycle_id = $1 and stage = 'retrain' group by unit`,
      [retrainId(STRATEGY, name)],
    );
    // Without the name of the search, which is a hash of what was asked.
    const plain = (unit: string): string => unit.replace(/(-of-\d+)-[0-9a-f]{12}$/, '$1');
    return Object.fromEntries(rows.map(({ unit, attempts }) => [plain(unit), attempts]));
  }

  async function launchedParts(handle: Handle): Promise<number> {
    const { events } = await handle.fetchHistory();
    return (events ?? []).filter(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'launchScore',
    ).length;
  }

  async function untilWaiting(handle: Handle): Promise<CycleStatusView> {
    const status = () => handle.query<CycleStatusView>('cycleStatus');
    await until('the retrain waits', async () => (await status()).status === 'AwaitingOperator');
    return status();
  }

  async function withFaultyWorker(plan: WorkerPlan, work: () => Promise<void>): Promise<void> {
    const worker = await startFaultyWorker(loop, plan);
    try {
      await work();
    } finally {
      await worker.stop();
    }
  }

  it('makes the challenger that one job makes, also when a part had to be tried again', async () => {
    await withFaultyWorker(KILLED, async () => {
      await (await startRetrain('whole', {})).result();
      const handle = await startRetrain('parts', { searchParts: PARTS, partsAtOnce: 3 });

      const { cause } = await untilWaiting(handle);
      expect(cause).toMatch(/^JobKilled: .*\(part 3 of 4; 1 failed, 3 done and kept\)/);
      const decision = { stage: 'retrain', reason: 'it was killed', actor: 'test' };
      await handle.executeUpdate('retryStage', { args: [decision] });
      await handle.result();

      expect(await challengerOf('parts')).toEqual(await challengerOf('whole'));
      // Only the part that was killed ran again.
      expect(await launchedParts(handle)).toBe(PARTS + 1);
      expect(await attemptsOf('parts')).toEqual({
        'score-1-of-4': 1,
        'score-2-of-4': 1,
        'score-3-of-4': 2,
        'score-4-of-4': 1,
        train: 1,
      });
    });
  }, 90_000);

  it('scores all parts again when something else is asked meanwhile', async () => {
    const costModel = { feeBps: 20, halfSpreadBps: 20 };
    const jobs = { searchParts: PARTS };
    await withFaultyWorker(KILLED, async () => {
      const handle = await startRetrain('changed', jobs);
      await untilWaiting(handle);
      await loop.register({ ...demoSettings(STRATEGY), costModel, jobs });
      const decision = { stage: 'retrain', reason: 'costs were wrong', actor: 'test' };
      await handle.executeUpdate('retryStage', { args: [decision] });
      // The parts are new ones, of which the third is killed in its first attempt, too.
      await untilWaiting(handle);
      await handle.executeUpdate('retryStage', { args: [decision] });
      await handle.result();

      expect(await launchedParts(handle)).toBe(2 * PARTS + 1);
      expect(await challengerOf('changed')).toMatchObject({ manifest: { costModel } });
    });
    await withFaultyWorker({}, async () => {
      await (await startRetrain('costly', {}, {}, { costModel })).result();
    });
    expect(await challengerOf('changed')).toEqual(await challengerOf('costly'));
  }, 90_000);

  it('would run parts again that a worker forgets to book', async () => {
    await withFaultyWorker({ ...KILLED, planted: 'forgets-parts' }, async () => {
      const handle = await startRetrain('forgetful', { searchParts: PARTS });
      await untilWaiting(handle);
      const decision = { stage: 'retrain', reason: 'it was killed', actor: 'test' };
      await handle.executeUpdate('retryStage', { args: [decision] });
      await handle.result();

      expect(await launchedParts(handle)).toBeGreaterThan(PARTS + 1);
    });
  }, 90_000);

  it('tells every part that failed, and waits for a cause that does not pass by itself', async () => {
    await withFaultyWorker({}, async () => {
      const handle = await startRetrain('wrong', { searchParts: 2 }, { candidate: 5 });

      await expect(handle.result()).rejects.toMatchObject({
        cause: { message: expect.stringContaining('(part 1 of 2; 2 failed, 0 done and kept)') },
      });
      const { rows } = await loop.session.pool.query(
        `select failure ->> 'type' as type, status from job_runs where cycle_id = $1
         and stage = 'retrain' order by unit`,
        [retrainId(STRATEGY, 'wrong')],
      );
      expect(rows).toMatchObject([
        { status: 'running' },
        { status: 'failed', type: 'JobBadInput' },
      ]);
    });
  }, 60_000);

  it('is refused for a trainer that does not search', async () => {
    await withFaultyWorker({}, async () => {
      await loop.register({ ...demoSettings('ml-forecast'), jobs: { searchParts: 2 } });
      const handle = await loop.session.client.workflow.start('retrainNow', {
        workflowId: retrainId('ml-forecast', 'refused'),
        taskQueue: TaskQueue.Workflows,
        args: [{ strategyId: 'ml-forecast', trainWindow: FIRST_TRAIN, rollOut: false }],
      });

      await expect(handle.result()).rejects.toMatchObject({
        cause: {
          cause: { message: expect.stringContaining('jobs.searchParts of ml-forecast must be 1') },
        },
      });
    });
  }, 60_000);
});
