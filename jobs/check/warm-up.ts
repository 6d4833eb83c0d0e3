import { barSeries } from '../../engine/bar-series.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { BoundStrategy, StrategyDecision } from '../../strategies/strategy.ts';
import { firstDecisionOf, standInPredictions } from './strategy-run.ts';

/**
 * Differences that a start-up may leave: of a forecast, whose scale is 20, and of a target, as a share of
 * equity; contracts count as the share of the capital that they are worth.
 */
export const FORECAST_DIFFERENCE_MAX = 0.1;
export const TARGET_DIFFERENCE_MAX = 0.01;

export interface WarmUpFinding {
  /** Where the shorter history begins, and the first row that it may decide on. */
  readonly startRow: number;
  readonly row: number;
  /** Greatest differences from the decisions with the whole history; null where one is undefined. */
  readonly forecastDifference: number | null;
  readonly targetDifference: number | null;
  readonly passed: boolean;
}

/**
 * Compares decisions that were made with a history of just the declared warm-up with those made with
 * all of it, at several starts. Recursive indicators remember their first row: where the warm-up is
 * too short, the decisions differ. Each is asked flat and holding, so that the way by which a position
 * was reached does not count.
 *
 * @param starts rows at which shorter histories begin; each leaves warm-up and one row.
 */
export function checkWarmUp(
  strategy: BoundStrategy,
  bars: readonly Bar[],
  starts: readonly number[],
): WarmUpFinding[] {
  const first = firstDecisionOf(strategy);
  const whole = answersOf(strategy, bars);
  return starts.map((startRow) => {
    const own = answersOf(strategy, bars.slice(startRow))(first);
    const expected = whole(startRow + first);
    const forecastDifference = greatest(own, expected, ({ forecast }) => forecast);
    const share = shareOf(strategy, bars[startRow + first]?.close ?? Number.NaN);
    const targetDifference = greatest(own, expected, ({ target }) => target * share);
    const passed =
      forecastDifference !== null &&
      targetDifference !== null &&
      forecastDifference <= FORECAST_DIFFERENCE_MAX &&
      targetDifference <= TARGET_DIFFERENCE_MAX;
    return { startRow, row: startRow + first, forecastDifference, targetDifference, passed };
  });
}

/** Decisions at a row, flat and holding. */
function answersOf(
  strategy: BoundStrategy,
  bars: readonly Bar[],
): (index: number) => StrategyDecision[] {
  const series = barSeries(bars);
  const decideAt = strategy.prepare(series);
  const predictions = standInPredictions(strategy, series);
  return (index) =>
    [0, 1].map((held) =>
      decideAt({ index, prediction: predictions?.[index] ?? null, held }, strategy.initialState),
    );
}

/** What a target of 1 is of the account. */
function shareOf({ futures }: BoundStrategy, close: number): number {
  if (futures === null) return 1;
  const { pointValue, fxRate, capital } = futures;
  return (close * pointValue * fxRate) / capital;
}

/** Greatest difference of a figure, null where it is undefined on either side. */
function greatest(
  left: readonly StrategyDecision[],
  right: readonly StrategyDecision[],
  figure: (decision: StrategyDecision) => number,
): number | null {
  const differences = left.map((decision, at) =>
    Math.abs(figure(decision) - figure(right[at] as StrategyDecision)),
  );
  const most = Math.max(...differences);
  return Number.isNaN(most) ? null : most;
}
