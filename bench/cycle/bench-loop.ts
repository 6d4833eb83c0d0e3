import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool } from '../../adapters/postgres/pool.ts';
import { registerStrategies } from '../../cli/register.ts';
import { demoSettings } from '../../cli/defaults.ts';
import { openSession } from '../../cli/session.ts';
import type { Session } from '../../cli/session.ts';
import type { Output } from '../../cli/output.ts';
import { cycleId, retrainId, rolloutId } from '../../schemas/ids.ts';
import { DEFAULT_TIMING, Listing } from '../../schemas/payload.ts';
import type { RetrainNowInput, StrategyCycleInput } from '../../schemas/payload.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { windowAt } from '../../schemas/window.ts';
import { createBenchWorkers } from './bench-workers.ts';
import { createThreadLauncher } from './thread-launcher.ts';
import { timed } from './timed-pool.ts';

/** Where the time of one cycle went, in ms. */
export interface CycleTimes {
  readonly wallMs: number;
  /** The jobs' own work, or with processes their wall time from start to end. */
  readonly jobsMs: number;
  readonly postgresMs: number;
  readonly activities: number;
  /** The same number of activities that do nothing, run right after the cycle. */
  readonly bareMs: number;
}

/** A loop on servers of its own whose worker runs in this process. */
export interface BenchLoop {
  runCycle(index: number): Promise<CycleTimes>;
  close(): Promise<void>;
}

const STRATEGY = 'rsi-macd';
const shared = { launcher: LauncherKind.Process, actor: 'bench', timing: DEFAULT_TIMING, seed: 7 };

export async function openBenchLoop(
  kind: 'thread' | 'process',
  { bundle, output }: { readonly bundle: string; readonly output: Output },
): Promise<BenchLoop> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'strategy-loop-bench-'));
  await chmod(dataDirectory, 0o755);
  const session = await openSession({ dataDirectory, output, withWorker: false });
  await registerStrategies(session.pool, [demoSettings(STRATEGY)]);
  const store = timed(createPool(session.stack.databaseUrl));
  const threads = kind === 'thread' ? createThreadLauncher(session.stack.jobsDirectory) : null;
  const workers = await createBenchWorkers({
    session,
    bundle,
    launcher: threads,
    store: {
      pool: store.pool,
      artifacts: session.artifacts,
      now: () => new Date(),
      host: hostname(),
    },
  });
  await makeFirstRelease(session);

  return {
    async runCycle(index) {
      threads?.takeWorkMs();
      store.takeMs();
      const window = windowAt('2012-01-01', 12, index);
      const id = cycleId(STRATEGY, window);
      const before = await countActivities(session, rolloutId(STRATEGY));
      const startedAt = performance.now();
      const input: StrategyCycleInput = {
        ...shared,
        strategyId: STRATEGY,
        window,
        clock: 'replay',
        listing: Listing.Waiting,
      };
      await session.client.workflow.execute('strategyCycle', {
        workflowId: id,
        taskQueue: TaskQueue.Workflows,
        args: [input],
      });
      const wallMs = performance.now() - startedAt;
      const postgresMs = store.takeMs();
      const jobsMs = threads?.takeWorkMs() ?? (await jobWallMs(session, id));
      const rollout = (await countActivities(session, rolloutId(STRATEGY))) - before;
      const activities = (await countActivities(session, id)) + rollout;
      const bareMs = await bare(session, activities, index);
      return { wallMs, jobsMs, postgresMs, activities, bareMs };
    },
    async close() {
      await workers.close();
      await threads?.close();
      await store.pool.end();
      await session.close();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function bare({ client }: Session, activities: number, index: number): Promise<number> {
  const startedAt = performance.now();
  await client.workflow.execute('bareActivities', {
    workflowId: `bare/${String(index)}`,
    taskQueue: TaskQueue.Workflows,
    args: [activities],
  });
  return performance.now() - startedAt;
}

async function makeFirstRelease({ client }: Session): Promise<void> {
  const input: RetrainNowInput = {
    ...shared,
    strategyId: STRATEGY,
    requestId: 'first',
    trainWindow: { from: '2008-01-01', to: '2012-01-01' },
    trainer: {},
    rollOut: true,
  };
  await client.workflow.execute('retrainNow', {
    workflowId: retrainId(STRATEGY, 'first'),
    taskQueue: TaskQueue.Workflows,
    args: [input],
  });
}

/** How a history shows a local activity. */
const LOCAL_ACTIVITY_MARKER = 'core_local_activity';

async function countActivities({ client }: Session, workflowId: string): Promise<number> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).filter(
    (event) =>
      event.activityTaskScheduledEventAttributes != null ||
      event.markerRecordedEventAttributes?.markerName === LOCAL_ACTIVITY_MARKER,
  ).length;
}

/** Wall time of a cycle's jobs as the launcher measured it, start to end. */
async function jobWallMs({ pool }: Session, id: string): Promise<number> {
  const { rows } = await pool.query<{ ms: number }>(
    `select coalesce(sum((finished ->> 'wallMs')::float8), 0) as ms from job_runs where cycle_id = $1`,
    [id],
  );
  return rows[0]?.ms ?? 0;
}
