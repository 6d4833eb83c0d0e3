import { mkdir, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { demoSettings } from '../../cli/defaults.ts';
import { packagePath } from '../../cli/package-path.ts';
import { findTemporalBinary } from '../../infra/local/temporal-binary.ts';
import {
  backfillId,
  clearOrphansId,
  replayId,
  reportId,
  retrainId,
  rolloutId,
} from '../../schemas/ids.ts';
import type {
  BackfillInput,
  ClearOrphansInput,
  ReplayLoopInput,
  ScheduledCycleInput,
} from '../../schemas/payload.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { FIRST_TRAIN, openTestLoop, SEED, TEST_TIMING, until } from './loop.ts';
import type { TestLoop } from './loop.ts';

const STRATEGY = 'rsi-macd';
const DIRECTORY = packagePath('test/replay/histories');
const shared = {
  launcher: LauncherKind.Process,
  actor: 'recorder',
  timing: TEST_TIMING,
  seed: SEED,
};

/**
 * Records one history per workflow and outcome on a real server, for `test/replay`. Run it with
 * `npm run record-histories` when the shape of a workflow changes on purpose; the histories of
 * released shapes stay, because cycles of that shape may still be open somewhere.
 */
async function main(): Promise<void> {
  await mkdir(DIRECTORY, { recursive: true });
  const loop = await openTestLoop();
  try {
    const worker = await loop.startWorker({ STRATEGY_LOOP_WORKER_NAME: 'recorder' });
    await loop.register(demoSettings(STRATEGY));
    await recordReplay(loop);
    await recordDecisions(loop);
    await recordSchedule(loop);
    await recordBackfill(loop);
    await recordParts(loop);
    await recordReport(loop);
    await recordClearOrphans(loop);
    await save(loop, rolloutId(STRATEGY), 'rollout');
    await worker.stop();
  } finally {
    await loop.close();
  }
}

/** Two cycles over history with a continue-as-new between them, and the first release. */
async function recordReplay(loop: TestLoop): Promise<void> {
  const input: ReplayLoopInput = {
    ...shared,
    strategyId: STRATEGY,
    first: '2012-01-01',
    stepMonths: 12,
    cycles: 2,
    firstTrain: FIRST_TRAIN,
    done: 0,
    historyLengthMax: 10,
  };
  const id = replayId(STRATEGY, input.first, input.stepMonths);
  const { client } = loop.session;
  const handle = await client.workflow.start('replayLoop', {
    workflowId: id,
    taskQueue: TaskQueue.Workflows,
    args: [input],
  });
  await handle.result();
  await save(loop, id, 'replay-loop-first-run', handle.firstExecutionRunId);
  await save(loop, id, 'replay-loop-last-run');
  await save(loop, retrainId(STRATEGY, 'first'), 'retrain-now');
  await save(loop, 'cycle/rsi-macd/2012-01-01_2013-01-01', 'strategy-cycle-completed');
}

/** Cycles whose retrain fails: one retried, one skipped, one aborted. */
async function recordDecisions(loop: TestLoop): Promise<void> {
  const { client } = loop.session;
  const cases = [
    ['retryStage', { from: '2014-01-01', to: '2015-01-01' }, 'strategy-cycle-retried'],
    ['skipStage', { from: '2015-01-01', to: '2016-01-01' }, 'strategy-cycle-skipped'],
    ['abortCycle', { from: '2016-01-01', to: '2017-01-01' }, 'strategy-cycle-aborted'],
  ] as const;
  for (const [update, window, name] of cases) {
    await loop.register({ ...demoSettings(STRATEGY), trainer: { patience: 3 } });
    const id = await loop.startCycle(STRATEGY, window);
    const handle = client.workflow.getHandle(id);
    await until('the cycle waits', async () => {
      const { status } = await handle.query<{ status: string }>('cycleStatus');
      return status === 'AwaitingOperator';
    });
    await loop.register(demoSettings(STRATEGY));
    const decision = { stage: 'retrain', reason: 'recorded', actor: 'recorder' };
    await handle.executeUpdate(update, { args: [decision] });
    // An aborted cycle ends as failed: that is what is recorded.
    await handle.result().catch(() => undefined);
    await save(loop, id, name);
  }
  // The aborted window has traded: it has to be finished before the schedule may go on.
  await loop.result(await loop.startCycle(STRATEGY, { from: '2016-01-01', to: '2017-01-01' }));
}

/** A look for what ended workflows left, after aborted and completed cycles. */
async function recordClearOrphans(loop: TestLoop): Promise<void> {
  const { client } = loop.session;
  const id = clearOrphansId(LauncherKind.Process);
  const input: ClearOrphansInput = { launcher: LauncherKind.Process, timing: TEST_TIMING };
  await client.workflow.execute('clearOrphans', {
    workflowId: id,
    taskQueue: TaskQueue.Workflows,
    args: [input],
  });
  await save(loop, id, 'clear-orphans');
}

/** A search in three parts of which the trainer refuses each; the retry has other settings. */
async function recordParts(loop: TestLoop): Promise<void> {
  const { client } = loop.session;
  const jobs = { searchParts: 3 };
  await loop.register({ ...demoSettings(STRATEGY), trainer: { patience: 3 }, jobs });
  const id = await loop.startCycle(STRATEGY, { from: '2018-10-01', to: '2019-10-01' });
  const handle = client.workflow.getHandle(id);
  await until('the cycle waits', async () => {
    const { status } = await handle.query<{ status: string }>('cycleStatus');
    return status === 'AwaitingOperator';
  });
  await loop.register({ ...demoSettings(STRATEGY), jobs });
  const decision = { stage: 'retrain', reason: 'recorded', actor: 'recorder' };
  await handle.executeUpdate('retryStage', { args: [decision] });
  await handle.result();
  await loop.register(demoSettings(STRATEGY));
  await save(loop, id, 'strategy-cycle-parts');
}

async function recordSchedule(loop: TestLoop): Promise<void> {
  const input: ScheduledCycleInput = {
    ...shared,
    strategyId: STRATEGY,
    clock: 'replay',
    stepMonths: 12,
    first: '2012-01-01',
  };
  const id = 'scheduled/rsi-macd/recorded';
  await loop.session.client.workflow.execute('scheduledCycle', {
    workflowId: id,
    taskQueue: TaskQueue.Workflows,
    args: [input],
  });
  await save(loop, id, 'scheduled-cycle');
}

/** Two more windows and a start by the clock that catches up, on the steps of the civil calendar. */
async function recordBackfill(loop: TestLoop): Promise<void> {
  const input: BackfillInput = {
    ...shared,
    strategyId: STRATEGY,
    from: '2018-01-01',
    to: '2018-07-01',
    step: '3mo',
    trainFrom: null,
    isReady: false,
    ran: 0,
    historyLengthMax: 1000,
  };
  const id = backfillId(STRATEGY);
  const { client } = loop.session;
  const start = { taskQueue: TaskQueue.Workflows, args: [input] };
  await client.workflow.execute('backfill', { ...start, workflowId: id });
  await save(loop, id, 'backfill');
  const scheduled: ScheduledCycleInput = {
    ...shared,
    strategyId: STRATEGY,
    clock: 'replay',
    stepMonths: 12,
    step: '3mo',
    first: '2018-01-01',
  };
  const scheduledId = 'scheduled/rsi-macd/recorded-step';
  await client.workflow.execute('scheduledCycle', {
    workflowId: scheduledId,
    taskQueue: TaskQueue.Workflows,
    args: [scheduled],
  });
  await save(loop, scheduledId, 'scheduled-cycle-step');
}

async function recordReport(loop: TestLoop): Promise<void> {
  const id = reportId('recorded');
  await loop.session.client.workflow.execute('loopReport', {
    workflowId: id,
    taskQueue: TaskQueue.Workflows,
    args: [
      {
        reportId: id,
        title: 'recorded',
        strategyIds: [STRATEGY],
        launcher: LauncherKind.Process,
        timing: TEST_TIMING,
      },
    ],
  });
  await save(loop, id, 'loop-report');
}

/** Saves a history as `temporal workflow show --output json` prints it, without stack traces. */
async function save(loop: TestLoop, id: string, name: string, runId?: string): Promise<void> {
  const binary = await findTemporalBinary({ onProgress: () => undefined });
  const { stdout } = await promisify(execFile)(
    binary,
    [
      ...['workflow', 'show', '--output', 'json', '--workflow-id', id],
      ...['--address', loop.session.stack.temporalAddress],
      ...(runId === undefined ? [] : ['--run-id', runId]),
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const document = JSON.parse(stdout) as unknown;
  const text = JSON.stringify(
    document,
    // Stack traces hold paths of the machine that recorded, and replay does not look at them.
    (key: string, value: unknown) => (key === 'stackTrace' ? '' : value),
    1,
  );
  await writeFile(join(DIRECTORY, `${name}.json`), `${text}\n`);
  process.stderr.write(`recorded ${name}\n`);
}

await main();
