import type { StrategyRequest } from '../../schemas/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { StrategyPlaces } from '../../schemas/strategy-places.ts';
import { findStrategy, type FoundStrategy } from '../host/find-strategy.ts';
import { loadBars } from './load-bars.ts';

/** A request with its strategy loaded and its prices read. */
export interface OpenedRequest<R extends StrategyRequest = StrategyRequest> {
  readonly request: R;
  readonly found: FoundStrategy;
  readonly bars: readonly Bar[];
}

/**
 * @param places null where only installed strategies may run.
 * @throws {BadInputError} when the strategy or the price file is at fault.
 * @throws {SettingsError} when there is no such strategy.
 */
export async function openRequest<R extends StrategyRequest>(
  asked: R,
  places: StrategyPlaces | null,
): Promise<OpenedRequest<R>> {
  const found = await findStrategy(asked.strategyId, places, '--strategy');
  const { source, strategy } = found;
  const added = source === null ? {} : { strategySource: source };
  const request = { ...asked, ...added, strategyId: strategy.id };
  const bars = loadBars(request.dataFile, request.now, request.inputDirectory);
  return { request, found, bars };
}
