import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { identify } from '../../adapters/launchers/process-table.ts';
import { logTail, openLog } from './log-file.ts';
import { stopProcess } from './server-process.ts';
import type { StopStep } from './server-process.ts';

/** A worker that dies this often before it was ever ready will not get ready. */
const FAILURES_MAX = 3;
const BACKOFF_MS_MIN = 250;
const BACKOFF_MS_MAX = 30_000;
/** A worker that lived so long has shown that it works: the next pause is the shortest again. */
const HEALTHY_MS = 60_000;
/** Workers finish what they are at; after this they are killed. */
const STOP_STEPS: readonly StopStep[] = [{ signal: 'SIGTERM', waitMs: 20_000 }];

/** The worker process died again and again before it was ready. */
export class WorkerFailedError extends Error {
  override readonly name = 'WorkerFailedError';
}

/** How the worker is run. */
export interface WorkerProcessOptions {
  /** JavaScript file. It sends the message `ready` to its parent when it takes work. */
  readonly entry: string;
  /** The whole environment of the worker. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Told each time when the worker has died unexpectedly and is about to be started again. */
  readonly onRestart: () => void;
}

/** A worker that is kept running. */
export interface WorkerProcess {
  /**
   * Resolves when the worker takes work for the first time; rejects with {@link WorkerFailedError}
   * when it dies before that too often, or is stopped.
   */
  readonly ready: Promise<void>;
  /** SIGTERM, time to finish, SIGKILL. Harmless when called twice. */
  stop(): Promise<void>;
  /** Null while there is none, between a death and the next start. */
  pid(): number | null;
}

/**
 * Keeps a worker process running: starts it again, after ever longer pauses, when it dies. It has a
 * process group of its own, so that Ctrl-C in the terminal does not reach it; and when this process
 * is killed, the broken channel tells the worker to stop by itself.
 */
export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const stopping = new AbortController();
  let child: ChildProcess | null = null;
  let markReady: () => void = () => undefined;
  let markFailed: (error: Error) => void = () => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    markReady = resolve;
    markFailed = reject;
  });
  // Whoever stops a worker before it is ready need not wait for `ready`.
  ready.catch(() => undefined);

  // Read anew after every wait; the compiler would remember what it saw before.
  const isStopping = (): boolean => stopping.signal.aborted;

  async function keepRunning(): Promise<void> {
    const seen = { isReady: false, deaths: 0 };
    let backoffMs = BACKOFF_MS_MIN;
    while (!isStopping()) {
      const startedAt = performance.now();
      child = await startChild(options);
      child.on('message', (message) => {
        if (message === 'ready') {
          seen.isReady = true;
          markReady();
        }
      });
      await exitOf(child, stopping.signal);
      child = null;
      seen.deaths += 1;
      if (isStopping() || (!seen.isReady && seen.deaths === FAILURES_MAX)) {
        break;
      }
      options.onRestart();
      backoffMs = performance.now() - startedAt > HEALTHY_MS ? BACKOFF_MS_MIN : backoffMs;
      await pause(backoffMs, stopping.signal);
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MS_MAX);
    }
    const tail = await logTail(options.logFile);
    markFailed(
      new WorkerFailedError(
        `the worker process does not start; the end of ${options.logFile}:\n${tail}`,
      ),
    );
  }

  const finished = keepRunning().catch((error: unknown) => {
    markFailed(new WorkerFailedError(`the worker process does not start: ${String(error)}`));
  });

  return {
    ready,
    pid: () => child?.pid ?? null,
    async stop() {
      stopping.abort();
      const identity = child?.pid === undefined ? null : identify(child.pid);
      if (identity !== null) {
        await stopProcess(identity, STOP_STEPS);
      }
      await finished;
    },
  };
}

async function startChild({
  entry,
  environment,
  logFile,
}: WorkerProcessOptions): Promise<ChildProcess> {
  const log = await openLog(logFile);
  const child = fork(entry, {
    detached: true,
    cwd: dirname(entry),
    env: environment,
    execArgv: [],
    stdio: ['ignore', log.descriptor, log.descriptor, 'ipc'],
  });
  log.close();
  return child;
}

/** A program that could not be started counts as one that ended. */
async function exitOf(child: ChildProcess, stopping: AbortSignal): Promise<void> {
  if (stopping.aborted) {
    // It came up while it was being stopped, and whoever stops saw no child yet.
    child.kill('SIGKILL');
  }
  try {
    await once(child, 'exit');
  } catch {
    // The reason is of no use to the caller; the log's end is in the error it gets.
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
