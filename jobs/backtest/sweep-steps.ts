import type { BarSeries } from '../../engine/bar-series.ts';
import { leanWalk } from '../../engine/sweep/lean-walk.ts';
import { longFlat } from '../../engine/sweep/long-flat.ts';
import { conditionsOf, runTask } from '../../engine/sweep/rsi-macd-kernel.ts';
import type { FillRecorder, SweepFigures } from '../../engine/sweep/sweep-result.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { checkedStrategy } from './checked-strategy.ts';
import {
  Counter,
  RESULT_WIDTH,
  type EventJob,
  type KernelJob,
  type SweepJob,
  type ThreadFailure,
} from './sweep-job.ts';

/** Parameter sets that a thread takes at once: few enough that threads end together. */
const KERNEL_CHUNK = 8;

/**
 * Does a thread's share of a kernel job: indicators first, and parameter sets once all threads are
 * done with those.
 */
export function runKernelShare(job: KernelJob): void {
  const { control, tasks } = job;
  for (;;) {
    const at = Atomics.add(control, Counter.NextTask, 1);
    const task = tasks[at];
    if (task === undefined) break;
    runTask(task, job.close, job.firstDecision, job.words);
    Atomics.add(control, Counter.TasksDone, 1);
    Atomics.notify(control, Counter.TasksDone);
  }
  for (;;) {
    const done = Atomics.load(control, Counter.TasksDone);
    if (done === tasks.length) break;
    Atomics.wait(control, Counter.TasksDone, done);
  }
  for (;;) {
    const from = Atomics.add(control, Counter.NextSet, KERNEL_CHUNK);
    if (from >= job.sets) return;
    const to = Math.min(from + KERNEL_CHUNK, job.sets);
    for (let set = from; set < to; set += 1) writeResult(job, set, kernelFigures(job, set));
    Atomics.add(control, Counter.SetsDone, to - from);
  }
}

/** One parameter set of a kernel job whose tasks are all done. */
export function kernelFigures(job: KernelJob, set: number, onFill?: FillRecorder): SweepFigures {
  return longFlat(job, conditionsOf(job, set, job.words, job.close.length), onFill);
}

/**
 * Does a thread's share of an event job. A strategy at fault ends it for all threads: as sets are
 * taken in order, the lowest failure of all threads is the same however many there are.
 */
export function runEventShare(job: EventJob, strategy: Strategy): ThreadFailure | null {
  const series = seriesOf(job);
  for (;;) {
    const set = Atomics.add(job.control, Counter.NextSet, 1);
    if (set >= job.sets) return null;
    try {
      writeResult(job, set, eventFigures(job, set, strategy, series));
    } catch (error) {
      Atomics.store(job.control, Counter.NextSet, job.sets);
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { set, name, message };
    }
    Atomics.add(job.control, Counter.SetsDone, 1);
  }
}

/** One parameter set of an event job. */
export function eventFigures(
  job: EventJob,
  set: number,
  strategy: Strategy,
  series: BarSeries,
  onFill?: FillRecorder,
): SweepFigures {
  const place = { strategyId: job.strategyId, time: job.time };
  const bound = checkedStrategy(strategy.bind(job.parameterSets[set]), place, job.sizing);
  const decideAt = bound.prepare(series);
  const { predictions } = job;
  return leanWalk({
    market: { ...job, firstDecision: job.firstDecisions[set] as number },
    initialState: bound.initialState,
    decide: (index, held, state) => {
      const value = predictions === null ? Number.NaN : (predictions[index] as number);
      return decideAt({ index, prediction: Number.isNaN(value) ? null : value, held }, state);
    },
    onFill,
  });
}

/** The columns of an event job, with a memory that its parameter sets share. */
export function seriesOf(job: EventJob): BarSeries {
  const { time, open, high, low, close, volume } = job;
  const memory = new Map<string, Float64Array>();
  return {
    length: close.length,
    time,
    open,
    high,
    low,
    close,
    volume,
    cached: (key, compute) => {
      const series = memory.get(key) ?? compute();
      memory.set(key, series);
      return series;
    },
  };
}

function writeResult(job: SweepJob, set: number, figures: SweepFigures): void {
  job.results[set * RESULT_WIDTH] = figures.finalEquity;
  job.results[set * RESULT_WIDTH + 1] = figures.trades;
  job.results[set * RESULT_WIDTH + 2] = figures.maxDrawdown;
}
