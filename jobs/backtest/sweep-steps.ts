import type { BarSeries } from '../../engine/bar-series.ts';
import { drawdownOf } from '../../engine/statistics/drawdown.ts';
import { periodSharpeOf } from '../../engine/statistics/ratios.ts';
import { runEwmacCarry, runEwmacCarryTask } from '../../engine/sweep/ewmac-carry-kernel.ts';
import { fillReturns } from '../../engine/sweep/fill-returns.ts';
import { leanWalk } from '../../engine/sweep/lean-walk.ts';
import { longFlat } from '../../engine/sweep/long-flat.ts';
import { conditionsOf, runTask } from '../../engine/sweep/rsi-macd-kernel.ts';
import type { FillRecorder, SweepFigures } from '../../engine/sweep/sweep-result.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { walkFuturesStrategy } from '../host/walk-futures-strategy.ts';
import { checkedStrategy } from './checked-strategy.ts';
import { DecisionLog } from './decision-log.ts';
import { futuresReturns } from './futures-metrics.ts';
import { closedTrips } from './futures-trades.ts';
import {
  Counter,
  RESULT_WIDTH,
  type EventJob,
  type FuturesKernelJob,
  type KernelJob,
  type SweepJob,
  type ThreadReport,
} from './sweep-job.ts';

/** Parameter sets that a thread takes at once: few enough that threads end together. */
const KERNEL_CHUNK = 8;

type AnyKernelJob = KernelJob | FuturesKernelJob;

/** One parameter set of a job: its figures, and its decisions to whom they are told. */
type RunSet = (set: number, onFill?: FillRecorder, onReturns?: ReturnsListener) => SweepFigures;

/** Told the returns of a futures account, which its fills alone do not tell. */
type ReturnsListener = (returns: readonly number[]) => void;

/**
 * Does a thread's share of a kernel job: indicators first, and parameter sets once all threads are
 * done with those.
 */
export function runKernelShare(job: AnyKernelJob): ThreadReport {
  const { control, tasks } = job;
  for (;;) {
    const at = Atomics.add(control, Counter.NextTask, 1);
    if (at >= tasks.length) break;
    runKernelTask(job, at);
    Atomics.add(control, Counter.TasksDone, 1);
    Atomics.notify(control, Counter.TasksDone);
  }
  for (;;) {
    const done = Atomics.load(control, Counter.TasksDone);
    if (done === tasks.length) break;
    Atomics.wait(control, Counter.TasksDone, done);
  }
  const logs: [number, string][] = [];
  const run: RunSet = (set, onFill) => kernelFigures(job, set, onFill);
  for (;;) {
    const from = Atomics.add(control, Counter.NextSet, KERNEL_CHUNK);
    if (from >= job.sets) return { failure: null, logs };
    const to = Math.min(from + KERNEL_CHUNK, job.sets);
    for (let set = from; set < to; set += 1) logs.push(...takeSet(job, set, run));
    Atomics.add(control, Counter.SetsDone, to - from);
  }
}

function runKernelTask(job: AnyKernelJob, at: number): void {
  if (job.kind === 'rsi-macd') {
    const task = job.tasks[at];
    if (task !== undefined) runTask(task, job.close, job.firstDecision, job.words);
    return;
  }
  const task = job.tasks[at];
  if (task !== undefined) runEwmacCarryTask(task, job, job.columns);
}

/** One parameter set of a kernel job whose tasks are all done. */
export function kernelFigures(job: AnyKernelJob, set: number, onFill?: FillRecorder): SweepFigures {
  if (job.kind === 'rsi-macd') {
    return longFlat(job, conditionsOf(job, set, job.words, job.close.length), onFill);
  }
  const parameters = job.parameterSets[set];
  const uses = job.uses[set];
  if (parameters === undefined || uses === undefined) {
    throw new Error(`parameter set ${String(set)} is not in the job`);
  }
  return runEwmacCarry({ market: job, set: parameters, uses, columns: job.columns, onFill });
}

/**
 * Does a thread's share of an event job. A strategy at fault ends it for all threads: as sets are
 * taken in order, the lowest failure of all threads is the same however many there are.
 */
export function runEventShare(job: EventJob, strategy: Strategy): ThreadReport {
  const series = seriesOf(job);
  const logs: [number, string][] = [];
  const run: RunSet = (set, onFill, onReturns) =>
    eventFigures(job, set, strategy, series, { onFill, onReturns });
  for (;;) {
    const set = Atomics.add(job.control, Counter.NextSet, 1);
    if (set >= job.sets) return { failure: null, logs };
    try {
      logs.push(...takeSet(job, set, run));
    } catch (error) {
      Atomics.store(job.control, Counter.NextSet, job.sets);
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { failure: { set: job.firstSet + set, name, message }, logs };
    }
    Atomics.add(job.control, Counter.SetsDone, 1);
  }
}

/** Those who are told what happened while a parameter set ran. */
interface EventListeners {
  readonly onFill?: FillRecorder | undefined;
  readonly onReturns?: ReturnsListener | undefined;
}

/** One parameter set of an event job. */
export function eventFigures(
  job: EventJob,
  set: number,
  strategy: Strategy,
  series: BarSeries,
  { onFill, onReturns }: EventListeners = {},
): SweepFigures {
  const { strategyId, source, time } = job;
  const place = { strategyId, source, time };
  const bound = checkedStrategy(strategy.bind(job.parameterSets[set]), place, job.sizing);
  const decideAt = bound.prepare(series);
  const { predictions } = job;
  const firstDecision = job.firstDecisions[set] as number;
  if (bound.futures !== null) {
    const terms = bound.futures;
    const walk = { series, strategy: bound, terms, decideAt, firstDecision, predictions };
    const { fills, equity, account } = walkFuturesStrategy({ ...walk, costModel: job });
    for (const { index, contracts, price } of fills) {
      if (contracts !== 0) {
        onFill?.(index, contracts > 0 ? 'buy' : 'sell', Math.abs(contracts), price);
      }
    }
    onReturns?.(futuresReturns(equity, terms));
    const maxDrawdown = drawdownOf(equity, terms.capital).max;
    return { finalEquity: account.equity, trades: closedTrips(fills), maxDrawdown };
  }
  return leanWalk({
    market: { ...job, firstDecision },
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
  const { time, open, high, low, close, volume, curve } = job;
  const memory = new Map<string, Float64Array>();
  return {
    length: close.length,
    time,
    open,
    high,
    low,
    close,
    volume,
    curve,
    cached: (key, compute) => {
      const series = memory.get(key) ?? compute();
      memory.set(key, series);
      return series;
    },
  };
}

/**
 * Runs one set and notes its Sharpe ratio: of the returns that its fills make, or those of its futures
 * account.
 */
function measuredSet(job: SweepJob, set: number, run: RunSet): SweepFigures {
  const told = fillReturns(job);
  const own: (readonly number[])[] = [];
  const figures = run(set, told.onFill, (returns) => {
    own.push(returns);
  });
  if (job.sharpes !== null)
    job.sharpes[set] = periodSharpeOf(own[0] ?? told.returns()) ?? Number.NaN;
  return figures;
}

/** Runs one set, writes its figures, and gives its log when the job wants logs. */
function takeSet(job: SweepJob, set: number, run: RunSet): [number, string][] {
  const log = job.logsDecisions ? new DecisionLog() : null;
  const figures = job.sharpes === null ? run(set, log?.onFill) : measuredSet(job, set, run);
  job.results[set * RESULT_WIDTH] = figures.finalEquity;
  job.results[set * RESULT_WIDTH + 1] = figures.trades;
  job.results[set * RESULT_WIDTH + 2] = figures.maxDrawdown;
  return log === null ? [] : [[set, log.end(figures)]];
}
