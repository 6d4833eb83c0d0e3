import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPool } from '../../adapters/postgres/pool.ts';
import type { StorePool } from '../../adapters/postgres/pool.ts';
import { packagePath } from '../../cli/package-path.ts';
import type { Session } from '../../cli/session.ts';
import { cycleId } from '../../schemas/ids.ts';
import type { CycleStatusView } from '../../schemas/message.ts';
import type { StrategyCycleInput } from '../../schemas/payload.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { processesIn } from '../support/processes.ts';
import { SEED, TEST_TIMING, until, YEAR_2012 } from '../support/loop.ts';
import { PLAN_VARIABLE } from './plan.ts';
import type { WorkerMessage, WorkerPlan } from './plan.ts';

/** Its challenger of 2012 passes the gate, so that publishing is among what is put at risk. */
export const STRATEGY = 'ml-forecast';
/** The cycle that every trial runs. */
export const CYCLE = cycleId(STRATEGY, YEAR_2012);

const STOP_MS_MAX = 12_000;

/** A worker process that follows a plan. */
export interface PlannedWorker {
  readonly child: ChildProcess;
  /** Resolves when it stands at the point where it is to be held. */
  readonly held: Promise<void>;
  /** Resolves with how the activity that was held went afterwards. */
  readonly ended: Promise<string>;
  go(): void;
  stop(): Promise<void>;
}

/** One cycle on a store of its own, to which something happens. */
export interface Trial {
  readonly home: string;
  readonly artifacts: string;
  readonly jobs: string;
  readonly databaseUrl: string;
  readonly databaseName: string;
  readonly pool: StorePool;
  startWorker(plan?: WorkerPlan, databaseUrl?: string): Promise<PlannedWorker>;
  startCycle(): Promise<void>;
  status(): Promise<CycleStatusView>;
  decide(message: 'retryStage', stage: string): Promise<void>;
  /** Messages with which activities of the cycle have failed and are tried again. */
  pendingFailures(): Promise<string[]>;
  /** Resolves when the cycle has completed. @throws after the limit, with where it stands. */
  completed(limitMs: number): Promise<void>;
  workerLog(): Promise<string>;
  stopWorkers(): Promise<void>;
  /** What is still there of what the trial has made, once its workers are stopped. */
  leftBehind(): Promise<string[]>;
  close(): Promise<void>;
}

interface TrialParts {
  readonly session: Session;
  readonly admin: StorePool;
  readonly name: string;
  readonly home: string;
  readonly databaseUrl: string;
}

export function openTrial({ session, admin, name, home, databaseUrl }: TrialParts): Trial {
  // Known by its own name, so that it is not counted among what a worker left.
  const ownUrl = new URL(databaseUrl);
  ownUrl.searchParams.set('application_name', 'trial');
  const pool = createPool(ownUrl.href, { max: 2 });
  const workers: PlannedWorker[] = [];
  const handle = session.client.workflow.getHandle(CYCLE);
  const [artifacts, jobs] = [join(home, 'artifacts'), join(home, 'jobs')];
  const status = (): Promise<CycleStatusView> => handle.query<CycleStatusView>('cycleStatus');

  return {
    home,
    artifacts,
    jobs,
    databaseUrl,
    databaseName: name,
    pool,
    async startWorker(plan = {}, url = databaseUrl) {
      const worker = await startPlanned(home, {
        PATH: process.env['PATH'] ?? '',
        DATABASE_URL: url,
        TEMPORAL_ADDRESS: session.stack.temporalAddress,
        STRATEGY_LOOP_ARTIFACTS: artifacts,
        STRATEGY_LOOP_JOBS: jobs,
        STRATEGY_LOOP_STICKY_MS: '300',
        [PLAN_VARIABLE]: JSON.stringify(plan),
      });
      workers.push(worker);
      return worker;
    },
    async startCycle() {
      await session.client.workflow.start('strategyCycle', {
        workflowId: CYCLE,
        taskQueue: TaskQueue.Workflows,
        // Every trial has a store of its own, which is what keeps a window from running twice.
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowTaskTimeout: TEST_TIMING.heartbeatTimeoutMs,
        args: [cycleInput()],
      });
    },
    status,
    async decide(message, stage) {
      await handle.executeUpdate(message, {
        args: [{ stage, reason: 'the fault is mended', actor: 'ada' }],
      });
    },
    async pendingFailures() {
      const { raw } = await handle.describe();
      return (raw.pendingActivities ?? []).flatMap(({ lastFailure }) => {
        const text = lastFailure?.message ?? null;
        return text === null ? [] : [text];
      });
    },
    completed: (limitMs) => untilCompleted(session, limitMs),
    workerLog: () => readFile(join(home, 'worker.log'), 'utf8'),
    async stopWorkers() {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
    async leftBehind() {
      const processes = processesIn(home);
      const kept = await readdir(jobs);
      const unfinished = (await readdir(artifacts)).filter((file) => file.startsWith('.'));
      return [
        ...processes.map((command) => `process ${command.slice(0, 80)}`),
        ...kept.map((job) => `job directory ${job}`),
        ...unfinished.map((file) => `temporary file ${file}`),
        ...(await sessionsOf(admin, name)),
      ];
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await handle.terminate('the trial is over').catch(() => undefined);
      await pool.end();
      killIn(home);
      await admin.query(`drop database if exists ${name} with (force)`);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A job that escaped its launcher would live on after the trial. */
function killIn(home: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/cwd`).startsWith(home)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended while we looked, or is not ours.
    }
  }
}

/** Nothing happens to this one. */
export async function runUnharmed(trial: Trial): Promise<void> {
  await trial.startWorker();
  await trial.startCycle();
  await trial.completed(60_000);
  await trial.stopWorkers();
}

function cycleInput(): StrategyCycleInput {
  return {
    strategyId: STRATEGY,
    window: YEAR_2012,
    clock: 'replay',
    seed: SEED,
    launcher: LauncherKind.Process,
    actor: 'faults',
    timing: TEST_TIMING,
  };
}

async function untilCompleted(session: Session, limitMs: number): Promise<void> {
  const handle = session.client.workflow.getHandle(CYCLE);
  let state = 'unknown';
  await until(
    'the cycle has completed',
    async () => {
      // While the server is away nobody knows.
      state = await handle.describe().then(
        (description) => description.status.name,
        () => 'unknown',
      );
      if (state === 'RUNNING') {
        const view = await handle.query<CycleStatusView>('cycleStatus').catch(() => null);
        if (view?.status === 'AwaitingOperator' && view.cause !== null) {
          throw new Error(`the cycle waits at ${view.stage}: ${view.cause}`);
        }
      }
      return state !== 'RUNNING' && state !== 'unknown';
    },
    limitMs,
  );
  if (state !== 'COMPLETED') throw new Error(`the cycle ended ${state}`);
}

/** Connections and locks that a database still has; the trial's own pool goes by another name. */
async function sessionsOf(admin: StorePool, name: string): Promise<string[]> {
  const { rows } = await admin.query<{ what: string }>(
    `select 'connection ' || application_name || ' (' || state || ')' as what
       from pg_stat_activity where datname = $1 and application_name <> 'trial'
     union all
     select 'lock ' || mode from pg_locks join pg_database on oid = database
       join pg_stat_activity using (pid)
       where pg_database.datname = $1 and application_name <> 'trial'
     union all select 'prepared transaction ' || gid from pg_prepared_xacts where database = $1`,
    [name],
  );
  return rows.map(({ what }) => what);
}

async function startPlanned(
  home: string,
  environment: Record<string, string>,
): Promise<PlannedWorker> {
  const log = openSync(join(home, 'worker.log'), 'a');
  const child = spawn(process.execPath, [packagePath('dist/test/faults/faulty-worker.js')], {
    env: environment,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  let markHeld: () => void = () => undefined;
  let markEnded: (how: string) => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    markHeld = resolve;
  });
  const ended = new Promise<string>((resolve) => {
    markEnded = resolve;
  });
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: WorkerMessage) => {
      if (message === 'ready') resolve();
      else if ('held' in message) markHeld();
      else markEnded(message.ended);
    });
    child.once('exit', () => {
      reject(new Error(`the worker died before it was ready; see ${home}/worker.log`));
    });
  });
  return {
    child,
    held,
    ended,
    go() {
      if (!child.connected) throw new Error(`the held worker died; see ${home}/worker.log`);
      child.send('go');
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGCONT');
        child.kill('SIGTERM');
      }
      // One that leaks connections waits for them for ever.
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      await gone;
      clearTimeout(timer);
    },
  };
}
