import { relativeStrengthIndex } from '../indicators.ts';
import { maskCrossing, maskLevels, maskWords } from './bit-mask.ts';
import type { Conditions } from './long-flat.ts';

/** Parameters of the strategy `rsi-macd`, checked by its schema. */
export interface RsiMacdParameters {
  readonly rsiPeriod: number;
  readonly rsiEntry: number;
  readonly macdFast: number;
  readonly macdSlow: number;
  readonly macdSignal: number;
}

/** RSI points below the entry level at which a position is left; as in the strategy. */
const EXIT_BELOW_ENTRY = 10;

/** One indicator, and the pairs of masks that are made of it. */
export type RsiMacdTask =
  | {
      readonly kind: 'rsi';
      readonly period: number;
      /** Entry level and pair. */
      readonly pairs: Map<number, number>;
    }
  | {
      readonly kind: 'macd';
      readonly fast: number;
      readonly slow: number;
      /** Span of the signal line and pair. */
      readonly pairs: Map<number, number>;
    };

/** What a sweep computes once for all its parameter sets. Plain data, so that threads can share it. */
export interface RsiMacdPlan {
  /** Independent of one another: any thread may do any. */
  readonly tasks: readonly RsiMacdTask[];
  /** How many pairs of masks there are. */
  readonly pairs: number;
  /** The two pairs of each parameter set: MACD, then RSI. */
  readonly uses: Int32Array;
}

/** Finds the distinct indicators and conditions of the parameter sets. */
export function planRsiMacd(sets: readonly RsiMacdParameters[]): RsiMacdPlan {
  const tasks = new Map<string, RsiMacdTask>();
  const uses = new Int32Array(2 * sets.length);
  let pairs = 0;
  const pairOf = (task: RsiMacdTask, level: number): number => {
    const known = task.pairs.get(level);
    if (known !== undefined) {
      return known;
    }
    task.pairs.set(level, pairs);
    pairs += 1;
    return pairs - 1;
  };
  for (const [at, { rsiPeriod, rsiEntry, macdFast, macdSlow, macdSignal }] of sets.entries()) {
    const macd = taskFor(tasks, `macd/${String(macdFast)}/${String(macdSlow)}`, () => ({
      kind: 'macd',
      fast: macdFast,
      slow: macdSlow,
      pairs: new Map(),
    }));
    const rsi = taskFor(tasks, `rsi/${String(rsiPeriod)}`, () => ({
      kind: 'rsi',
      period: rsiPeriod,
      pairs: new Map(),
    }));
    uses[2 * at] = pairOf(macd, macdSignal);
    uses[2 * at + 1] = pairOf(rsi, rsiEntry);
  }
  return { tasks: [...tasks.values()], pairs, uses };
}

function taskFor(
  tasks: Map<string, RsiMacdTask>,
  key: string,
  make: () => RsiMacdTask,
): RsiMacdTask {
  const known = tasks.get(key);
  if (known) {
    return known;
  }
  const made = make();
  tasks.set(key, made);
  return made;
}

/** Words that the masks of a plan take, over so many bars. */
export function planWords(plan: RsiMacdPlan, bars: number): number {
  return plan.pairs * 2 * maskWords(bars);
}

/** The conditions of one parameter set of a plan whose tasks are all done. */
export function conditionsOf(
  plan: RsiMacdPlan,
  set: number,
  words: Int32Array,
  bars: number,
): Conditions {
  const pairWords = 2 * maskWords(bars);
  return {
    words,
    first: (plan.uses[2 * set] as number) * pairWords,
    second: (plan.uses[2 * set + 1] as number) * pairWords,
  };
}

/** Computes the indicator of one task and writes the masks that are made of it. */
export function runTask(
  task: RsiMacdTask,
  close: Float64Array,
  firstBar: number,
  words: Int32Array,
): void {
  const pairWords = 2 * maskWords(close.length);
  if (task.kind === 'rsi') {
    const line = relativeStrengthIndex(close, task.period);
    for (const [entry, pair] of task.pairs) {
      const levels = { high: entry, low: entry - EXIT_BELOW_ENTRY };
      maskLevels(line, levels, { words, offset: pair * pairWords, firstBar });
    }
    return;
  }
  const line = macdLine(close, task.fast, task.slow);
  const signal = new Float64Array(close.length);
  for (const [span, pair] of task.pairs) {
    smooth(line, span, signal);
    maskCrossing(line, signal, { words, offset: pair * pairWords, firstBar });
  }
}

/** EMA(fast) − EMA(slow) in one pass: bit for bit `movingAverageConvergence`, a test says so. */
function macdLine(close: Float64Array, fast: number, slow: number): Float64Array {
  const alphaFast = 2 / (fast + 1);
  const alphaSlow = 2 / (slow + 1);
  const keepFast = 1 - alphaFast;
  const keepSlow = 1 - alphaSlow;
  const line = new Float64Array(close.length);
  let quick = close[0] ?? 0;
  let lazy = quick;
  for (let t = 1; t < close.length; t += 1) {
    const price = close[t] as number;
    quick = alphaFast * price + keepFast * quick;
    lazy = alphaSlow * price + keepSlow * lazy;
    line[t] = quick - lazy;
  }
  return line;
}

/** EMA of `values`, written over `result`. */
function smooth(values: Float64Array, span: number, result: Float64Array): void {
  const alpha = 2 / (span + 1);
  const keep = 1 - alpha;
  let average = values[0] ?? 0;
  result[0] = average;
  for (let t = 1; t < values.length; t += 1) {
    average = alpha * (values[t] as number) + keep * average;
    result[t] = average;
  }
}
