import { Worker } from 'node:worker_threads';
import { BadInputError } from '../contract/job-error.ts';
import { Counter, type SweepJob, type ThreadFailure, type ThreadReport } from './sweep-job.ts';

/** Milliseconds between two reports of progress. */
const PROGRESS_MS = 250;

/** Told how many parameter sets are done. */
export type ProgressListener = (done: number) => void;

/** Threads that do sweeps, one after another; close it, or the process stays alive. */
export class SweepPool {
  private readonly threads: readonly Worker[];

  constructor(threads: number) {
    const program = new URL('./sweep-thread.js', import.meta.url);
    this.threads = Array.from({ length: threads }, () => new Worker(program));
  }

  /**
   * Runs a job; its results are in `job.results` then. One job at a time.
   *
   * @throws {BadInputError} naming the parameter set at which a strategy was at fault: the first,
   *   however many threads there are.
   * @returns the decision logs in the order of the sets; none unless the job wants them.
   */
  async run(job: SweepJob, onProgress?: ProgressListener): Promise<string[]> {
    const timer = setInterval(() => {
      onProgress?.(Atomics.load(job.control, Counter.SetsDone));
    }, PROGRESS_MS);
    try {
      const reports = await Promise.all(this.threads.map((thread) => runOn(thread, job)));
      const failures = reports.flatMap(({ failure }) => failure ?? []);
      throwFirst(failures.sort((one, other) => one.set - other.set)[0]);
      onProgress?.(job.sets);
      const logs = reports.flatMap((report) => report.logs);
      return logs.sort(([one], [other]) => one - other).map(([, log]) => log);
    } finally {
      clearInterval(timer);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }
}

async function runOn(thread: Worker, job: SweepJob): Promise<ThreadReport> {
  return new Promise((resolve, reject) => {
    const onMessage = (report: ThreadReport): void => {
      thread.off('error', onError);
      resolve(report);
    };
    const onError = (error: Error): void => {
      thread.off('message', onMessage);
      reject(error);
    };
    thread.once('message', onMessage);
    thread.once('error', onError);
    thread.postMessage(job);
  });
}

function throwFirst(failure: ThreadFailure | undefined): void {
  if (failure === undefined) return;
  const message = `parameter set ${String(failure.set)}: ${failure.message}`;
  if (failure.name === 'BadInputError') throw new BadInputError(message);
  throw new Error(message);
}
