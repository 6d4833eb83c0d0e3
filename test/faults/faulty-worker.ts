import { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { createProcessLauncher } from '../../adapters/launchers/process.ts';
import type { StorePool } from '../../adapters/postgres/pool.ts';
import { asProcess, runEmbeddedWorker } from '../../workers/embedded-worker.ts';
import type { WorkerParts } from '../../workers/embedded-worker.ts';
import { DEFAULT_JOB_LIMITS } from '../../schemas/payload.ts';
import { JOB_FAULT_VARIABLE, PLAN_VARIABLE } from './plan.ts';
import type { WorkerPlan } from './plan.ts';
import { aroundQueries, plant } from './planted.ts';

/** Limits of a job that is to break them: soon, and far from what the machine has. */
const DEADLINE_MS = 2_000;
const MEMORY_MIB = 400;
/** Attempts of a job that runs out of memory, the ones that are given more of it included. */
const LIMITED_MAX = 2;
const BAD_JOB = join(dirname(fileURLToPath(import.meta.url)), 'bad-job.js');

const plan = JSON.parse(process.env[PLAN_VARIABLE] ?? '{}') as WorkerPlan;
const jobsDirectory = process.env['STRATEGY_LOOP_JOBS'] ?? '';

/** The worker of the embedded default, which stops, steps its clock or breaks jobs as planned. */
asProcess(
  runEmbeddedWorker(process.env, (parts) => {
    const launcher = plan.job === undefined ? parts.launcher : badLauncher(plan.job);
    holdInTransaction(parts.pool);
    const changed: WorkerParts = {
      ...parts,
      launcher,
      interceptors: [...parts.interceptors, followPlan(parts.pool)],
    };
    return plan.planted === undefined ? changed : plant(plan.planted, changed, jobsDirectory);
  }),
);

/**
 * Runs the jobs with the program that goes wrong, the first of the type under tight limits, the second
 * under such that are as much wider as the store allows it.
 */
function badLauncher(job: NonNullable<WorkerPlan['job']>): Launcher {
  const launcher = createProcessLauncher({
    directory: jobsDirectory,
    command: (jobType) => [process.execPath, BAD_JOB, jobType],
    environment: { [JOB_FAULT_VARIABLE]: JSON.stringify(job) },
  });
  const seen: string[] = [];
  return {
    ...launcher,
    async ensure(spec) {
      if (spec.jobType === job.type && !seen.includes(spec.jobName)) seen.push(spec.jobName);
      const isFirst = spec.jobName === seen[0];
      const isLimited = seen.slice(0, LIMITED_MAX).includes(spec.jobName);
      const allowed = spec.limits.memoryMib / DEFAULT_JOB_LIMITS.memoryMib;
      await launcher.ensure({
        ...spec,
        limits: {
          ...spec.limits,
          ...(isFirst && job.fault.startsWith('hung') ? { deadlineMs: DEADLINE_MS } : {}),
          ...(isLimited && plan.planted !== 'no-memory-limit'
            ? { memoryMib: MEMORY_MIB * allowed }
            : {}),
        },
      });
    },
  };
}

let isHeld = false;

/** Tells the parent that the point is reached, and waits until it says go. Once. */
async function hold(): Promise<void> {
  if (isHeld) return;
  isHeld = true;
  process.send?.({ held: true });
  await once(process, 'message');
}

function holdInTransaction(pool: StorePool): void {
  const { holdAt } = plan;
  if (holdAt?.when !== 'in-transaction') return;
  aroundQueries(pool, async (text, run) => {
    if (text === 'commit' && currentActivity() === holdAt.activity) await hold();
    return run();
  });
}

function currentActivity(): string | null {
  try {
    return Context.current().info.activityType;
  } catch {
    // The pool also works outside of activities.
    return null;
  }
}

function followPlan(pool: StorePool): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const name = info.activityType;
        const step = plan.clockSteps?.find(({ activity }) => activity === name);
        if (step !== undefined) stepClock(step.stepMs);
        const { holdAt } = plan;
        if (holdAt?.activity !== name || isHeld) return next(input);
        if (holdAt.when === 'before') {
          await hold();
          if (plan.takePoolMs !== undefined) await takePool(pool, plan.takePoolMs);
        }
        try {
          const result = await next(input);
          if (holdAt.when === 'after') await hold();
          process.send?.({ ended: 'done' });
          return result;
        } catch (error) {
          process.send?.({ ended: String(error) });
          throw error;
        }
      },
    },
  });
}

const RealDate = Date;
let offsetMs = 0;

/** Steps the clock that this process sees: the kernel's, and those of the servers, go on. */
function stepClock(stepMs: number): void {
  offsetMs += stepMs;
  globalThis.Date = class extends RealDate {
    constructor(...args: [] | [string | number | Date]) {
      if (args.length === 0) super(RealDate.now() + offsetMs);
      else super(...args);
    }

    static override now(): number {
      return RealDate.now() + offsetMs;
    }
  } as DateConstructor;
}

/** Takes every connection of the pool and gives them back after a while. */
async function takePool(pool: StorePool, ms: number): Promise<void> {
  const taken = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  setTimeout(() => {
    for (const client of taken) client.release();
  }, ms);
}
