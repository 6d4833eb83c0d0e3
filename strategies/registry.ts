import { buyAndHold } from './buy-and-hold.ts';
import { ewmacCarry } from './ewmac-carry.ts';
import { mlForecast } from './ml-forecast.ts';
import { nearestName } from '../schemas/nearest-name.ts';
import { rsiMacd } from './rsi-macd.ts';
import { SettingsError } from './settings-error.ts';
import type { Strategy } from './strategy.ts';

/** Every strategy that jobs and executors know, in the order of their ids. */
export const STRATEGIES: readonly Strategy[] = [buyAndHold, ewmacCarry, mlForecast, rsiMacd];

/**
 * @throws {SettingsError} naming the known ids and the nearest one when the id is unknown.
 */
export function strategyById(id: string): Strategy {
  const strategy = STRATEGIES.find((candidate) => candidate.id === id);
  if (!strategy) {
    const known = STRATEGIES.map((candidate) => candidate.id);
    const nearest = nearestName(id, known);
    const hint = nearest === null ? '' : ` Did you mean ${nearest}?`;
    throw new SettingsError(
      `strategyId must be one of ${known.join(', ')}, was ${JSON.stringify(id)}.${hint}`,
    );
  }
  return strategy;
}
