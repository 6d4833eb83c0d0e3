import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { StorePool } from '../adapters/postgres/pool.ts';
import { readLoopFigures } from '../adapters/postgres/loop-figures.ts';
import type { LoopFigures } from '../adapters/postgres/loop-figures.ts';

/** The figures of the store are read again at most this often, however many ask. */
const FIGURES_MS_MIN = 5_000;
const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600];
const MIB = 1024 * 1024;
const MEMORY_BYTES = [64, 128, 256, 384, 512, 768, 1024].map((mib) => mib * MIB);

/** What a worker counts and shows. `docs/metrics.md` has one row for each name. */
export interface WorkerMetrics {
  /** All of them in Prometheus' text format, those of the store at most 5 s old. */
  text(): Promise<string>;
  activityEnded(activity: string, seconds: number, failureType: string | null): void;
  jobStarted(stage: string): void;
  /** @param job null when the job ended without telling its figures. */
  jobEnded(
    stage: string,
    outcome: string,
    job: { readonly wallMs: number; readonly peakMemoryBytes: number } | null,
  ): void;
}

/**
 * Makes the metrics of one worker process; those of the store and the pool are read when asked.
 *
 * @param pool null in a process without database rights, which has no metrics of the store.
 */
export function createWorkerMetrics(
  pool: StorePool | null,
  options: { readonly engineVersion: string; readonly isRunning: () => boolean },
): WorkerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'strategy_loop_worker_info',
    help: 'Version of the engine that the worker was built with; always 1.',
    labelNames: ['engine_version'],
    registers,
  }).set({ engine_version: options.engineVersion }, 1);
  new Gauge({
    name: 'strategy_loop_worker_running',
    help: 'Whether all workers of the process take work: 1 or 0.',
    registers,
    collect() {
      this.set(options.isRunning() ? 1 : 0);
    },
  });
  if (pool !== null) addPoolMetrics(registry, pool);
  const readStore = pool === null ? null : addStoreMetrics(registry, pool);
  const activities = new Histogram({
    name: 'strategy_loop_activity_seconds',
    help: 'Time of one try of an activity.',
    labelNames: ['activity'],
    buckets: SECONDS,
    registers,
  });
  const failures = new Counter({
    name: 'strategy_loop_activity_failures_total',
    help: 'Tries of an activity that failed, by failure type.',
    labelNames: ['activity', 'failure_type'],
    registers,
  });
  return {
    async text() {
      await readStore?.();
      return registry.metrics();
    },
    activityEnded(activity, seconds, failureType) {
      activities.observe({ activity }, seconds);
      if (failureType !== null) failures.inc({ activity, failure_type: failureType });
    },
    ...addJobMetrics(registry),
  };
}

function addJobMetrics(registry: Registry): Pick<WorkerMetrics, 'jobStarted' | 'jobEnded'> {
  const registers = [registry];
  const running = new Gauge({
    name: 'strategy_loop_jobs_running',
    help: 'Jobs that this worker watches now.',
    labelNames: ['stage'],
    registers,
  });
  const ended = new Counter({
    name: 'strategy_loop_jobs_total',
    help: 'Jobs that ended, by stage and outcome: succeeded or a failure type.',
    labelNames: ['stage', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'strategy_loop_job_seconds',
    help: 'Wall time of a job from its start to its end.',
    labelNames: ['stage'],
    buckets: SECONDS,
    registers,
  });
  const memory = new Histogram({
    name: 'strategy_loop_job_peak_memory_bytes',
    help: 'Highest memory of all processes of a job together.',
    labelNames: ['stage'],
    buckets: MEMORY_BYTES,
    registers,
  });
  return {
    jobStarted(stage) {
      running.inc({ stage });
    },
    jobEnded(stage, outcome, job) {
      running.dec({ stage });
      ended.inc({ stage, outcome });
      if (job === null) return;
      seconds.observe({ stage }, job.wallMs / 1000);
      memory.observe({ stage }, job.peakMemoryBytes);
    },
  };
}

function addPoolMetrics(registry: Registry, pool: StorePool): void {
  const registers = [registry];
  new Gauge({
    name: 'strategy_loop_pool_connections',
    help: 'Connections of the worker to Postgres, by state: active or idle.',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'active' }, pool.totalCount - pool.idleCount);
      this.set({ state: 'idle' }, pool.idleCount);
    },
  });
  new Gauge({
    name: 'strategy_loop_pool_connections_max',
    help: 'Most connections that the pool opens.',
    registers,
    collect() {
      this.set(pool.options.max);
    },
  });
  new Gauge({
    name: 'strategy_loop_pool_waiting',
    help: 'Requests that wait for a connection of the pool.',
    registers,
    collect() {
      this.set(pool.waitingCount);
    },
  });
}

/**
 * Gauges of the loop as the store has it; while the store is away they keep their last values.
 *
 * @returns reads the store unless it was read just now; never rejects.
 */
function addStoreMetrics(registry: Registry, pool: StorePool): () => Promise<void> {
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name: `strategy_loop_${name}`, help, labelNames, registers: [registry] });
  const cycles = gauge('cycles', 'Cycles and manual retrains in the store, by status.', ['status']);
  const waiting = gauge('stages_waiting', 'Stages that wait for a person.');
  const waitingAge = gauge(
    'stage_waiting_age_seconds_max',
    'Age of the stage that has waited longest for a person; 0 when none waits.',
  );
  const labels = ['strategy'];
  const version = gauge('release_version', 'Version of the stable release.', labels);
  const generation = gauge('channel_generation', "Moves of the strategy's channel.", labels);
  const completedAge = gauge(
    'last_completed_cycle_age_seconds',
    'Time since a cycle of the strategy completed.',
    labels,
  );
  const windowEnd = gauge(
    'last_completed_window_end_timestamp_seconds',
    'End of the newest completed window, in seconds since 1970.',
    labels,
  );
  function show(figures: LoopFigures): void {
    for (const [status, count] of Object.entries(figures.cycles)) cycles.set({ status }, count);
    waiting.set(figures.waitingStages);
    waitingAge.set(figures.waitingSecondsMax);
    for (const each of figures.strategies) {
      const strategy = each.strategyId;
      generation.set({ strategy }, each.generation);
      if (each.releaseVersion !== null) version.set({ strategy }, each.releaseVersion);
      if (each.completedSeconds !== null) completedAge.set({ strategy }, each.completedSeconds);
      if (each.windowEndSeconds !== null) windowEnd.set({ strategy }, each.windowEndSeconds);
    }
  }
  const up = gauge('store_up', 'Whether the store could be read last time: 1 or 0.');
  let readAt = -Infinity;
  let reading: Promise<void> = Promise.resolve();
  return () => {
    if (performance.now() - readAt >= FIGURES_MS_MIN) {
      readAt = performance.now();
      reading = readLoopFigures(pool).then(
        (figures) => {
          show(figures);
          up.set(1);
        },
        () => {
          up.set(0);
        },
      );
    }
    return reading;
  };
}
