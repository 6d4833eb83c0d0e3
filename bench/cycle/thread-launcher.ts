import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Launcher, LaunchSpec } from '../../adapters/launchers/launcher.ts';
import { LauncherKind } from '../../schemas/task-queue.ts';
import type { ThreadJobEnd } from './job-thread.ts';

/** A launcher that runs jobs in a thread of this process, and the time that they took. */
export interface ThreadLauncher extends Launcher {
  /** Milliseconds of jobs' own work since the last call. */
  takeWorkMs(): number;
  close(): Promise<void>;
}

interface ThreadEntry {
  readonly labels: LaunchSpec['labels'];
  readonly end: Promise<ThreadJobEnd>;
}

/**
 * Runs jobs without starting a process, so that a benchmark can tell the loop's own time from the
 * time of process starts and of the jobs' work. For benchmarks only: nothing is isolated.
 */
export function createThreadLauncher(directory: string): ThreadLauncher {
  const thread = new Worker(new URL('./job-thread.js', import.meta.url));
  const jobs = new Map<string, ThreadEntry>();
  let workMs = 0;

  function run(spec: LaunchSpec): Promise<ThreadJobEnd> {
    const { jobName, jobType } = spec;
    const base = join(directory, jobName);
    return new Promise((resolve, reject) => {
      const onMessage = (end: ThreadJobEnd): void => {
        if (end.jobName !== jobName) return;
        thread.off('message', onMessage);
        workMs += end.wallMs;
        resolve(end);
      };
      thread.on('message', onMessage);
      thread.once('error', reject);
      thread.postMessage({
        jobName,
        jobType,
        input: join(base, 'input'),
        output: join(base, 'output'),
      });
    });
  }

  async function wait(jobName: string) {
    const entry = jobs.get(jobName);
    if (entry === undefined) throw new Error(`job ${jobName} was not started`);
    const { exitCode, wallMs } = await entry.end;
    const ended = { phase: 'ended', cause: 'exited', signal: null, peakMemoryBytes: 0 } as const;
    return { ...ended, exitCode, wallMs };
  }

  return {
    kind: LauncherKind.Process,
    async directories(jobName) {
      const input = join(directory, jobName, 'input');
      const output = join(directory, jobName, 'output');
      await mkdir(input, { recursive: true });
      await mkdir(output, { recursive: true });
      return { input, output };
    },
    ensure(spec) {
      if (!jobs.has(spec.jobName)) {
        jobs.set(spec.jobName, { labels: spec.labels, end: run(spec) });
      }
      return Promise.resolve();
    },
    async observe(jobName) {
      return jobs.has(jobName) ? wait(jobName) : { phase: 'absent' };
    },
    wait,
    logs: () => Promise.resolve(Buffer.alloc(0)),
    cancel: () => Promise.resolve(),
    async remove(jobName) {
      jobs.delete(jobName);
      await rm(join(directory, jobName), { recursive: true, force: true });
    },
    list: () => Promise.resolve([...jobs].map(([jobName, { labels }]) => ({ jobName, labels }))),
    takeWorkMs() {
      const taken = workMs;
      workMs = 0;
      return taken;
    },
    async close() {
      await thread.terminate();
    },
  };
}
