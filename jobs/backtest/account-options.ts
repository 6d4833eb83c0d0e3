import { basename } from 'node:path';
import type { BarSeries } from '../../engine/bar-series.ts';
import type { BacktestRequest, SweepRequest } from '../../schemas/backtest.ts';
import { INITIAL_CASH } from '../../schemas/initial-cash.ts';
import type { BoundStrategy } from '../../strategies/strategy.ts';
import { BadInputError } from '../contract/job-error.ts';

/**
 * Refuses options that have no meaning for the kind of account that a strategy trades, and a file
 * that lacks what its parameters ask for.
 *
 * @throws {BadInputError} naming the option or the missing columns.
 */
export function checkAccountOptions(
  request: Pick<BacktestRequest | SweepRequest, 'strategyId' | 'sizing' | 'dataFile'> &
    Partial<Pick<BacktestRequest, 'initialCash'>>,
  { futures }: Pick<BoundStrategy, 'futures'>,
  { curve }: Pick<BarSeries, 'curve'>,
): void {
  if (futures === null) return;
  const { strategyId, sizing, dataFile, initialCash = INITIAL_CASH } = request;
  if (sizing === 'all-in') {
    throw new BadInputError(
      `--sizing must be left out for ${strategyId}, which sizes its positions by volatility, was all-in. Set targetVolatility in --params.`,
    );
  }
  if (initialCash !== INITIAL_CASH && initialCash !== futures.capital) {
    throw new BadInputError(
      `--initial-cash must be left out for ${strategyId}, whose capital is a parameter, was ${String(initialCash)}. Set capital in --params.`,
    );
  }
  if (curve !== null) return;
  const { needsCurve } = futures;
  if (needsCurve !== null) {
    throw new BadInputError(
      `${basename(dataFile)} must have the columns price, price_contract, carry and carry_contract for ${needsCurve}, was without them. Use a futures file, or leave that parameter out.`,
    );
  }
}
