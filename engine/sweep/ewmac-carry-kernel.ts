import { rawCarry, smoothedCarry, type CarryColumns } from '../forecasts/carry.ts';
import type { EwmacCarryOptions } from '../forecasts/ewmac-carry.ts';
import { priceVolatility, type PriceVolatilityOptions } from '../forecasts/price-volatility.ts';
import { nextHolding } from '../forecasts/sizing.ts';
import { clip } from '../forecasts/trend.ts';
import { closesTrip, FuturesLedger, type FuturesTerms } from '../futures/futures-ledger.ts';
import { adjustedAverage } from '../indicators.ts';
import { DrawdownTracker } from './drawdown-tracker.ts';
import type { FillRecorder, SweepFigures } from './sweep-result.ts';

/** Parameters of the strategy `ewmac-carry`, checked by its schema, with its account. */
export interface EwmacCarrySet extends EwmacCarryOptions {
  readonly terms: FuturesTerms;
}

/** One column that parameter sets share. Independent of one another: any thread may do any. */
export type EwmacCarryTask = { readonly column: number } & (
  | { readonly kind: 'average'; readonly span: number }
  | { readonly kind: 'volatility'; readonly options: PriceVolatilityOptions }
  | {
      readonly kind: 'carry';
      readonly options: PriceVolatilityOptions;
      readonly smoothingCom: number;
    }
);

/** Where a parameter set finds its columns. */
interface Uses {
  readonly volatility: number;
  /** Fast and slow average of each rule that counts, in the order of the rules. */
  readonly rules: readonly { readonly fast: number; readonly slow: number }[];
  /** -1 without carry. */
  readonly carry: number;
}

/** What a sweep computes once for all its parameter sets: plain data, so that threads can share it. */
export interface EwmacCarryPlan {
  readonly tasks: readonly EwmacCarryTask[];
  readonly uses: readonly Uses[];
}

export interface EwmacCarryMarket {
  readonly open: Float64Array;
  readonly close: Float64Array;
  readonly curve: CarryColumns | null;
  readonly firstDecision: number;
  readonly feeBps: number;
  readonly halfSpreadBps: number;
}

/** Finds the distinct indicators of the parameter sets. */
export function planEwmacCarry(sets: readonly EwmacCarrySet[]): EwmacCarryPlan {
  const tasks = new Map<string, EwmacCarryTask>();
  const columnOf = (key: string, make: (column: number) => EwmacCarryTask): number => {
    const task = tasks.get(key) ?? make(tasks.size);
    tasks.set(key, task);
    return task.column;
  };
  const average = (span: number): number =>
    columnOf(`average/${String(span)}`, (column) => ({ kind: 'average', span, column }));
  const uses = sets.map(({ rules, carry, volatility }): Uses => {
    const options = volatility;
    const { span, minPeriods, floorQuantile, floorWindow, floorMinPeriods } = options;
    const key = [span, minPeriods, floorQuantile, floorWindow, floorMinPeriods].join('/');
    const { smoothingCom } = carry;
    return {
      volatility: columnOf(`volatility/${key}`, (column) => ({
        kind: 'volatility',
        options,
        column,
      })),
      rules: rules
        .filter(({ weight }) => weight !== 0)
        .map(({ fast, slow }) => ({ fast: average(fast), slow: average(slow) })),
      carry:
        carry.weight === 0
          ? -1
          : columnOf(`carry/${key}/${String(smoothingCom)}`, (column) => ({
              kind: 'carry',
              options,
              smoothingCom,
              column,
            })),
    };
  });
  return { tasks: [...tasks.values()], uses };
}

/** Computes the column of one task. */
export function runEwmacCarryTask(
  task: EwmacCarryTask,
  { close, curve }: Pick<EwmacCarryMarket, 'close' | 'curve'>,
  columns: Float64Array,
): void {
  columns.set(columnOf(task, close, curve), task.column * close.length);
}

function columnOf(
  task: EwmacCarryTask,
  close: Float64Array,
  curve: CarryColumns | null,
): Float64Array {
  switch (task.kind) {
    case 'average':
      return adjustedAverage(close, task.span);
    case 'volatility':
      return priceVolatility(close, task.options);
    case 'carry':
      // The volatility is computed again, so that no task waits for another.
      return curve === null
        ? new Float64Array(close.length).fill(Number.NaN)
        : smoothedCarry(rawCarry(curve, priceVolatility(close, task.options)), task.smoothingCom);
    default:
      return task satisfies never;
  }
}

export interface EwmacCarryRun {
  readonly market: EwmacCarryMarket;
  readonly set: EwmacCarrySet;
  readonly uses: Uses;
  /** Columns of all tasks of the plan, one after another. */
  readonly columns: Float64Array;
  /** Told of each fill, and of the contracts that are wanted at each close. */
  readonly onFill?: FillRecorder | undefined;
}

/**
 * One parameter set in one pass over the bars: forecast, position, buffer and account together, no
 * column in between. Every float64 operation is the one that `ewmacCarryColumns` and `walkFutures` do,
 * in their order; a test compares every fill.
 */
export function runEwmacCarry({ market, set, uses, columns, onFill }: EwmacCarryRun): SweepFigures {
  const bars = market.close.length;
  const forecastAt = forecaster(set, uses, { columns, bars });
  const volatility = columns.subarray(uses.volatility * bars, (uses.volatility + 1) * bars);
  const { buffer, instrumentWeight, instrumentDiversificationMultiplier: multiplier } = set;
  const dailyCashTarget = (set.capital * set.targetVolatility) / ROOT_OF_DAYS;
  const ledger = new FuturesLedger({ market, terms: set.terms, costModel: market });
  const drawdown = new DrawdownTracker(set.terms.capital);
  const row = { held: 0, position: 0, average: 0 };
  let trades = 0;
  for (let t = 0; t < bars; t += 1) {
    const kept = ledger.contracts;
    ledger.mark(t);
    drawdown.add(ledger.equity);
    if (ledger.filled !== 0) {
      trades += closesTrip(kept, ledger.contracts) ? 1 : 0;
      onFill?.(t, ledger.filled > 0 ? 'buy' : 'sell', Math.abs(ledger.filled), ledger.price);
    }
    if (t >= market.firstDecision) {
      const scalar = dailyCashTarget / ((volatility[t] as number) * set.pointValue * set.fxRate);
      row.held = ledger.contracts;
      row.average = scalar * instrumentWeight * multiplier;
      row.position = (row.average * forecastAt(t)) / 10;
      ledger.wanted = nextHolding(row, buffer);
    }
  }
  return { finalEquity: ledger.equity, trades, maxDrawdown: drawdown.max };
}

/** Business days in a year are 256, so that their root is whole. */
const ROOT_OF_DAYS = 16;

/** The combined forecast at each bar: rules in their order, then carry. */
function forecaster(
  set: EwmacCarrySet,
  uses: Uses,
  { columns, bars }: { readonly columns: Float64Array; readonly bars: number },
): (t: number) => number {
  const { forecastCap: cap, forecastDiversificationMultiplier: multiplier } = set;
  const column = (at: number): Float64Array => columns.subarray(at * bars, (at + 1) * bars);
  const volatility = column(uses.volatility);
  const counted = set.rules.filter(({ weight }) => weight !== 0);
  const scalars = Float64Array.from(counted, ({ scalar }) => scalar);
  const weights = Float64Array.from(counted, ({ weight }) => weight);
  const fast = uses.rules.map((rule) => column(rule.fast));
  const slow = uses.rules.map((rule) => column(rule.slow));
  const carry = uses.carry === -1 ? null : column(uses.carry);
  return (t) => {
    const deviation = volatility[t] as number;
    let sum = 0;
    for (let rule = 0; rule < scalars.length; rule += 1) {
      const difference =
        ((fast[rule] as Float64Array)[t] as number) - ((slow[rule] as Float64Array)[t] as number);
      const forecast = clip((difference / deviation) * (scalars[rule] as number), cap);
      sum += (weights[rule] as number) * forecast;
    }
    if (carry !== null) {
      sum += set.carry.weight * clip((carry[t] as number) * set.carry.scalar, cap);
    }
    return clip(multiplier * sum, cap);
  };
}
