import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launcher, LaunchSpec } from '../../adapters/launchers/launcher.ts';
import { runJob } from '../../jobs/contract/run-job.ts';
import { LauncherKind } from '../../schemas/task-queue.ts';

/** A launcher that runs jobs inside this process, and the time that they took. */
export interface InProcessLauncher extends Launcher {
  /** Milliseconds of jobs' own work since the last call. */
  takeWorkMs(): number;
}

/**
 * Runs jobs without starting a process, so that a benchmark can tell the loop's own time from the
 * time of process starts and of the jobs' work. For benchmarks only: nothing is isolated.
 */
export function createInProcessLauncher(directory: string): InProcessLauncher {
  const ended = new Map<string, Promise<{ exitCode: number; wallMs: number }>>();
  const labels = new Map<string, LaunchSpec['labels']>();
  let workMs = 0;

  async function run(spec: LaunchSpec): Promise<{ exitCode: number; wallMs: number }> {
    const startedAt = performance.now();
    const exitCode = await runJob(
      spec.jobType,
      join(directory, spec.jobName, 'input'),
      join(directory, spec.jobName, 'output'),
      { log: () => undefined },
    );
    const wallMs = performance.now() - startedAt;
    workMs += wallMs;
    return { exitCode, wallMs };
  }

  async function wait(jobName: string) {
    const job = ended.get(jobName);
    if (job === undefined) throw new Error(`job ${jobName} was not started`);
    const { exitCode, wallMs } = await job;
    return {
      phase: 'ended',
      cause: 'exited',
      exitCode,
      signal: null,
      wallMs,
      peakMemoryBytes: 0,
    } as const;
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
      if (!ended.has(spec.jobName)) {
        labels.set(spec.jobName, spec.labels);
        ended.set(spec.jobName, run(spec));
      }
      return Promise.resolve();
    },
    async observe(jobName) {
      return ended.has(jobName) ? wait(jobName) : { phase: 'absent' };
    },
    wait,
    logs: () => Promise.resolve(Buffer.alloc(0)),
    cancel: () => Promise.resolve(),
    async remove(jobName) {
      ended.delete(jobName);
      labels.delete(jobName);
      await rm(join(directory, jobName), { recursive: true, force: true });
    },
    list: () => Promise.resolve([...labels].map(([jobName, own]) => ({ jobName, labels: own }))),
    takeWorkMs() {
      const taken = workMs;
      workMs = 0;
      return taken;
    },
  };
}
