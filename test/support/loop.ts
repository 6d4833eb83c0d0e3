import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createOutput } from '../../cli/output.ts';
import { registerStrategies } from '../../cli/register.ts';
import { demoSettings } from '../../cli/defaults.ts';
import { packagePath } from '../../cli/package-path.ts';
import { openSession } from '../../cli/session.ts';
import type { Session } from '../../cli/session.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { cycleId, retrainId } from '../../schemas/ids.ts';
import type {
  CycleSummary,
  RetrainNowInput,
  StrategyCycleInput,
  Timing,
} from '../../schemas/payload.ts';
import type { StrategySettings } from '../../schemas/settings.ts';
import type { Window } from '../../schemas/window.ts';
import { temporaryDataDirectory } from './run-command.ts';

export { until } from './until.ts';

/** Short waits, so that a killed worker is noticed within seconds. */
export const TEST_TIMING: Timing = { heartbeatTimeoutMs: 2_000, storeTimeoutMs: 20_000 };

/** A worker process of a test: it can be killed, and may be told where to die. */
export interface TestWorker {
  readonly child: ChildProcess;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** A whole loop on servers of its own: real Postgres, real Temporal, real worker processes. */
export interface TestLoop {
  readonly session: Session;
  readonly dataDirectory: string;
  startWorker(environment?: Record<string, string>): Promise<TestWorker>;
  register(settings: StrategySettings): Promise<void>;
  startCycle(strategyId: string, window: Window): Promise<string>;
  /** Trains and publishes release 1, with jobs as processes unless another launcher is named. */
  firstRelease(strategyId: string, launcher?: LauncherKind): Promise<void>;
  result(id: string): Promise<CycleSummary>;
  close(): Promise<void>;
}

export const FIRST_TRAIN: Window = { from: '2008-01-01', to: '2012-01-01' };
export const YEAR_2012: Window = { from: '2012-01-01', to: '2013-01-01' };
export const SEED = 7;

/** @param given a session on servers that run already; they stay the caller's to close. */
export async function openTestLoop(given?: Session): Promise<TestLoop> {
  const session = given ?? (await openTestSession(await temporaryDataDirectory()));
  const { dataDirectory } = session;
  const workers: TestWorker[] = [];
  const { client, pool } = session;

  return {
    session,
    dataDirectory,
    async startWorker(environment = {}) {
      const logFile = join(dataDirectory, 'logs', 'worker.log');
      const worker = await startTestWorker('dist/workers/embedded.js', logFile, {
        ...workerEnvironment(session),
        ...environment,
      });
      workers.push(worker);
      return worker;
    },
    register: (settings) => registerStrategies(pool, [settings]),
    async startCycle(strategyId, window) {
      const input: StrategyCycleInput = {
        strategyId,
        window,
        clock: 'replay',
        seed: SEED,
        launcher: LauncherKind.Process,
        actor: 'test',
        timing: TEST_TIMING,
      };
      const id = cycleId(strategyId, window);
      await client.workflow.start('strategyCycle', {
        workflowId: id,
        taskQueue: TaskQueue.Workflows,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
        workflowTaskTimeout: TEST_TIMING.heartbeatTimeoutMs,
        args: [input],
      });
      return id;
    },
    async firstRelease(strategyId, launcher = LauncherKind.Process) {
      await registerStrategies(pool, [demoSettings(strategyId)]);
      const input: RetrainNowInput = {
        strategyId,
        requestId: 'first',
        trainWindow: FIRST_TRAIN,
        trainer: {},
        seed: SEED,
        rollOut: true,
        launcher,
        actor: 'test',
        timing: TEST_TIMING,
      };
      await client.workflow.execute('retrainNow', {
        workflowId: retrainId(strategyId, 'first'),
        taskQueue: TaskQueue.Workflows,
        args: [input],
      });
    },
    result: (id) => client.workflow.getHandle(id).result() as Promise<CycleSummary>,
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await session.close();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** What a worker of a test needs to work for its servers. */
export function workerEnvironment({ stack }: Pick<Session, 'stack'>): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: stack.databaseUrl,
    TEMPORAL_ADDRESS: stack.temporalAddress,
    STRATEGY_LOOP_ARTIFACTS: stack.artifacts,
    STRATEGY_LOOP_JOBS: stack.jobsDirectory,
    STRATEGY_LOOP_STICKY_MS: '300',
  };
}

/** Servers on a directory, without a worker. */
export function openTestSession(dataDirectory: string): Promise<Session> {
  return openSession({ dataDirectory, output: createOutput(true), withWorker: false });
}

/**
 * Starts a worker process, and resolves when it is ready.
 *
 * @param entry the program, below dist/.
 * @param logFile what it writes is appended there.
 */
export async function startTestWorker(
  entry: string,
  logFile: string,
  environment: Record<string, string>,
): Promise<TestWorker> {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [packagePath(entry)], {
    env: environment,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => {
      resolve();
    });
    child.once('exit', () => {
      reject(new Error(`the worker died before it was ready; see ${logFile}`));
    });
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await gone;
  };
  return { child, gone, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}
