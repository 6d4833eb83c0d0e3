import type { ChildProcess } from 'node:child_process';
import type { JobObservation, Launcher } from './launcher.ts';
import type { JobEnd } from './process-job-records.ts';
import type { JobWatch } from './process-watch.ts';

/** How often a running job is looked at. The end of a job of our own is noticed at once. */
const TICK_MS = 100;
const CANCEL_TICK_MS = 20;

/** `wait` was asked about a job that does not exist. */
export class JobAbsentError extends Error {
  override readonly name = 'JobAbsentError';
  readonly jobName: string;

  constructor(jobName: string) {
    super(`job ${jobName} does not exist`);
    this.jobName = jobName;
  }
}

/** A job, and how to wait for it. */
export interface Waiting {
  readonly jobName: string;
  readonly watch: JobWatch;
  /** @returns the shim, while it runs and is a child of this process. */
  readonly child: () => ChildProcess | undefined;
}

/**
 * Watches a job until it ends. Aborting leaves it running.
 *
 * @throws {JobAbsentError} when there is no such job.
 */
export async function waitForEnd(
  { jobName, watch, child }: Waiting,
  { signal, onProgress }: Parameters<Launcher['wait']>[1],
): Promise<JobEnd> {
  for (;;) {
    signal.throwIfAborted();
    // Taken before the look: an end after it wakes the pause, an end before it is seen.
    const shim = child();
    const observation = await watch.enforce();
    onProgress?.(observation);
    if (observation.phase === 'ended') {
      return observation;
    }
    if (observation.phase === 'absent') {
      throw new JobAbsentError(jobName);
    }
    await pause(TICK_MS, shim, signal);
  }
}

/** Stops a job and returns when it has ended. Harmless when there is nothing to stop. */
export async function cancelJob({ watch, child }: Waiting): Promise<void> {
  let observation: JobObservation = await watch.stop('cancelled');
  while (observation.phase === 'running') {
    await pause(CANCEL_TICK_MS, child());
    observation = await watch.enforce();
  }
}

/** Waits for a while, or until the child ends or the watching is aborted. Never rejects. */
export function pause(ms: number, child?: ChildProcess, signal?: AbortSignal): Promise<void> {
  if (child !== undefined && (child.exitCode !== null || child.signalCode !== null)) {
    // It ended while we looked at it.
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      child?.off('exit', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
    child?.once('exit', done);
  });
}
