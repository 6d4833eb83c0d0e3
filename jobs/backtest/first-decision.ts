import type { BacktestRequest, SweepRequest } from '../../schemas/backtest.ts';
import type { BoundStrategy } from '../../strategies/strategy.ts';
import { BadInputError } from '../contract/job-error.ts';

/**
 * Index of the first bar that is decided on: `--warm-up`, else what the strategy and the inputs of
 * its model need.
 *
 * @throws {BadInputError} when no bar is left to decide on, or the model's inputs are not defined
 *   that early.
 */
export function firstDecisionOf(
  request: Pick<BacktestRequest | SweepRequest, 'warmUp' | 'dataFile'>,
  strategy: BoundStrategy,
  bars: number,
): number {
  const { warmUp, dataFile } = request;
  const inputs = strategy.featureSpec.warmUpBars;
  // A futures account holds nothing until a forecast is defined, as its definition says.
  const own = strategy.futures === null ? strategy.warmUpBars : 0;
  const first = warmUp ?? Math.max(own, inputs);
  if (first >= bars) {
    const [what, way] =
      warmUp === null
        ? ["the strategy's warm-up", 'Use a longer file, or shorter periods in the parameters']
        : ['--warm-up', 'Use a longer file or a shorter --warm-up'];
    throw new BadInputError(
      `${what} must be less than the ${String(bars)} bars of ${dataFile}, was ${String(first)}. ${way}.`,
    );
  }
  if (first < inputs) {
    throw new BadInputError(
      `--warm-up must be at least ${String(inputs)}, from where on the model's inputs are defined, was ${String(first)}. Leave it out for the strategy's own.`,
    );
  }
  return first;
}
