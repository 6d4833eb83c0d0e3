import { barSeries } from '../../engine/bar-series.ts';
import { openAccount } from '../../engine/walk.ts';
import type { Bar } from '../../schemas/bar.ts';
import { counted } from '../../schemas/counted.ts';
import type { Decision } from '../../schemas/trading.ts';
import type { BoundStrategy, Strategy } from '../../strategies/strategy.ts';
import { walkFuturesStrategy } from '../host/walk-futures-strategy.ts';
import { walkStrategy } from '../host/walk-strategy.ts';
import { syntheticBars, withScrambledFuture } from './scramble.ts';
import { firstDecisionOf, standInPredictions } from './strategy-run.ts';

/** One thing that every strategy promises, and how it was found to be broken; null when it is kept. */
export interface ContractFinding {
  readonly promise: string;
  readonly problem: string | null;
}

/** Bars that a strategy is tried on at least, and rows after its warm-up. */
const BARS = 600;
const ROWS_MIN = 100;
const SEED = 11;

const COST_MODEL = { feeBps: 1, halfSpreadBps: 1 };

const RELEASE = 'c'.repeat(64);

/** A promise over a strategy with its default parameters, on bars that are long enough for it. */
type Check = (strategy: Strategy, bound: BoundStrategy, bars: readonly Bar[]) => string | null;

/** What every strategy promises, installed or added by a user. */
const PROMISES: Readonly<Record<string, Check>> = {
  'decides the same on the same bars': (strategy, bound, bars) => {
    const again = strategy.bind(strategy.defaultParameters);
    const first = decisionsOf(bound, bars).map((decision) => JSON.stringify(decision));
    const second = decisionsOf(again, bars.slice()).map((decision) => JSON.stringify(decision));
    return problemOf(first.flatMap((text, row) => (text === second[row] ? [] : [row])));
  },
  'does not look ahead on any row': (_, bound, bars) => problemOf(rowsThatLookAhead(bound, bars)),
  'decides nothing before warm-up and everything after it': (_, bound, bars) =>
    problemOf(rowsAgainstWarmUp(bound, bars)),
  'keeps its target and its forecast within their bounds': (_, bound, bars) =>
    problemOf(rowsOutOfRange(bound, bars)),
  'computes one value a bar in each column': (_, bound, bars) => {
    // A bound strategy refuses by name a column of another length.
    bound.columns(barSeries(bars));
    return null;
  },
  'has default parameters that its own schema accepts, and a trainer that needs no settings': (
    strategy,
  ) => {
    if (!strategy.parameters.safeParse(strategy.defaultParameters).success) {
      return 'defaultParameters break the schema';
    }
    return strategy.trainer.safeParse({}).success
      ? null
      : 'trainer has a setting without a default';
  },
  'describes itself in sentences': ({ title, description }) =>
    title !== '' && description.endsWith('.')
      ? null
      : 'title must not be empty, and description must end with a full stop',
  'refuses an unknown parameter by name and lists the known ones': (strategy) => {
    const known = Object.keys(strategy.parameters.shape).join(', ') || 'none';
    const message = messageOf(() => strategy.bind({ ...strategy.defaultParameters, colour: 1 }));
    if (message === null) return 'it took the parameter colour: make parameters a z.strictObject';
    const isClear = message.includes('unknown field colour') && message.includes(`Known: ${known}`);
    return isClear ? null : `its message was "${message}"`;
  },
};

/** Tries every promise; code that throws breaks the promise it was tried for. */
export function checkContract(strategy: Strategy): ContractFinding[] {
  const bound = strategy.bind(strategy.defaultParameters);
  const count = Math.max(BARS, firstDecisionOf(bound) + ROWS_MIN);
  const bars = syntheticBars(count, SEED);
  return Object.entries(PROMISES).map(([promise, check]) => {
    try {
      return { promise, problem: check(strategy, bound, bars) };
    } catch (error) {
      const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { promise, problem: `it threw ${words}` };
    }
  });
}

function problemOf(rows: readonly number[]): string | null {
  if (rows.length === 0) return null;
  const shown = rows.slice(0, 10).join(', ');
  return `${counted(rows.length, 'row')}, first ${shown}`;
}

function messageOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a decision says, whatever account it is for. */
type AnyDecision = Pick<Decision, 'forecast' | 'prediction' | 'target'>;

function decisionsOf(bound: BoundStrategy, bars: readonly Bar[]): readonly AnyDecision[] {
  const series = barSeries(bars);
  const { futures: terms } = bound;
  if (terms !== null) {
    return walkFuturesStrategy({
      series,
      strategy: bound,
      terms,
      decideAt: bound.prepare(series),
      firstDecision: firstDecisionOf(bound),
      predictions: standInPredictions(bound, series),
      costModel: COST_MODEL,
    }).decisions;
  }
  return walkStrategy({
    bars,
    span: { fromIndex: 0, toIndex: bars.length },
    strategy: bound,
    decideAt: bound.prepare(series),
    firstDecision: firstDecisionOf(bound),
    predictions: standInPredictions(bound, series),
    releaseId: RELEASE,
    account: openAccount(1000),
    costModel: COST_MODEL,
  }).decisions;
}

/**
 * Rows whose decision changes when the bars after them do, or are not there at all. Every row
 * after warm-up is tried, flat and holding.
 */
export function rowsThatLookAhead(bound: BoundStrategy, bars: readonly Bar[]): number[] {
  const series = barSeries(bars);
  const decideAt = bound.prepare(series);
  const predictions = standInPredictions(bound, series);
  const leaks: number[] = [];
  for (let index = firstDecisionOf(bound); index < bars.length; index += 1) {
    const prediction = predictions?.[index] ?? null;
    const answers = (decide: typeof decideAt): unknown =>
      [0, 1].map((held) => decide({ index, prediction, held }, bound.initialState));
    const expected = JSON.stringify(answers(decideAt));
    const others = [withScrambledFuture(bars, index), bars.slice(0, index + 1)];
    const changed = others.some(
      (other) => JSON.stringify(answers(bound.prepare(barSeries(other)))) !== expected,
    );
    if (changed) {
      leaks.push(index);
    }
  }
  return leaks;
}

/** Rows before warm-up with a view or a target, and rows after it without a view. */
export function rowsAgainstWarmUp(bound: BoundStrategy, bars: readonly Bar[]): number[] {
  const first = firstDecisionOf(bound);
  return decisionsOf(bound, bars).flatMap(({ forecast, prediction, target }, index) => {
    const isSilent = forecast === null && prediction === null && target === 0;
    const isRight = index < first ? isSilent : Number.isFinite(forecast);
    return isRight ? [] : [index];
  });
}

/**
 * Rows whose target or forecast is out of range, whatever the prediction and the holding. A target is a
 * share of the account, or a finite number of contracts.
 */
export function rowsOutOfRange(bound: BoundStrategy, bars: readonly Bar[]): number[] {
  const decideAt = bound.prepare(barSeries(bars));
  const rows: number[] = [];
  for (let index = firstDecisionOf(bound); index < bars.length; index += 1) {
    const answers = [null, 0, 0.3, 0.5, 0.7, 1].flatMap((prediction) =>
      [0, 0.5, 1].map((held) => decideAt({ index, prediction, held }, bound.initialState)),
    );
    const isWithin = answers.every(
      ({ target, forecast }) =>
        (bound.futures === null ? target >= 0 && target <= 1 : Number.isFinite(target)) &&
        Math.abs(forecast) <= 20,
    );
    if (!isWithin) {
      rows.push(index);
    }
  }
  return rows;
}
