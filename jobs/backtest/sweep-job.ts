import type { CarryColumns } from '../../engine/forecasts/carry.ts';
import type { EwmacCarryPlan, EwmacCarrySet } from '../../engine/sweep/ewmac-carry-kernel.ts';
import type { RsiMacdTask } from '../../engine/sweep/rsi-macd-kernel.ts';
import type { Sizing } from '../../schemas/backtest.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';
import type { StrategySource } from '../../schemas/strategy-places.ts';

/**
 * What every thread of a sweep gets. All arrays lie in shared memory; threads write `control`,
 * `words`, `results` and `sharpes` only.
 */
interface SharedJob {
  /** Counters, moved by atomic operations; see `Counter`. */
  readonly control: Int32Array;
  /** Final equity, trades and largest drawdown of each parameter set, in their order. */
  readonly results: Float64Array;
  readonly sets: number;
  /** Place of the first of them among all sets of the sweep. */
  readonly firstSet: number;
  readonly open: Float64Array;
  readonly close: Float64Array;
  readonly feeBps: number;
  readonly halfSpreadBps: number;
  readonly initialCash: number;
  /** Whether threads also write down every decision; a check wants that, a sweep does not. */
  readonly logsDecisions: boolean;
  /** Sharpe ratio per period of each parameter set, NaN where undefined; null when not asked for. */
  readonly sharpes: Float64Array | null;
}

/** A sweep of `rsi-macd`: indicators once, then jumps over masks. */
export interface KernelJob extends SharedJob {
  readonly kind: 'rsi-macd';
  readonly firstDecision: number;
  readonly tasks: readonly RsiMacdTask[];
  readonly pairs: number;
  readonly uses: Int32Array;
  readonly words: Int32Array;
}

/** A sweep of `ewmac-carry`: averages, volatilities and carry once, then one pass a set. */
export interface FuturesKernelJob extends SharedJob, EwmacCarryPlan {
  readonly kind: 'ewmac-carry';
  readonly firstDecision: number;
  readonly parameterSets: readonly EwmacCarrySet[];
  readonly curve: CarryColumns | null;
  /** Columns of the tasks, one after another. */
  readonly columns: Float64Array;
}

/** A sweep of any strategy, bar by bar. */
export interface EventJob extends SharedJob {
  readonly kind: 'events';
  readonly strategyId: string;
  /** The code that a user added; null for an installed strategy. */
  readonly source: StrategySource | null;
  readonly parameterSets: readonly ParameterSet[];
  readonly firstDecisions: readonly number[];
  readonly sizing: Sizing;
  readonly time: readonly string[];
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly volume: Float64Array;
  readonly curve: CarryColumns | null;
  readonly predictions: Float64Array | null;
}

export type SweepJob = KernelJob | FuturesKernelJob | EventJob;

/** Places in `control`. */
export const Counter = {
  /** Next task that no thread has taken. */
  NextTask: 0,
  TasksDone: 1,
  /** Next parameter set that no thread has taken. */
  NextSet: 2,
  SetsDone: 3,
} as const;

/** Numbers in `results` for each parameter set. */
export const RESULT_WIDTH = 3;

/** What a thread says when it has nothing left to do. */
export interface ThreadReport {
  readonly failure: ThreadFailure | null;
  /** Parameter set and decision log of each one that this thread did; none unless asked for. */
  readonly logs: readonly (readonly [set: number, log: string])[];
}

/** The strategy's fault at one parameter set. */
export interface ThreadFailure {
  readonly set: number;
  readonly name: string;
  readonly message: string;
}

/** An array in memory that threads share. */
export function sharedFloats(values: ArrayLike<number>): Float64Array<SharedArrayBuffer> {
  const shared = new Float64Array(
    new SharedArrayBuffer(values.length * Float64Array.BYTES_PER_ELEMENT),
  );
  shared.set(values);
  return shared;
}

/** A futures curve in memory that threads share. */
export function sharedCurve(curve: CarryColumns | null): CarryColumns | null {
  if (curve === null) return null;
  const { price, priceContract, carry, carryContract } = curve;
  return {
    price: sharedFloats(price),
    priceContract: sharedFloats(priceContract),
    carry: sharedFloats(carry),
    carryContract: sharedFloats(carryContract),
  };
}

/** Zeros in memory that threads share. */
export function sharedInts(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}
