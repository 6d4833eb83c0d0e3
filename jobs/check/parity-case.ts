import type { Bar } from '../../schemas/bar.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';
import { INITIAL_CASH } from '../../schemas/initial-cash.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { firstDecisionOf } from '../backtest/first-decision.ts';
import type { ParityCase } from './engine-log.ts';
import { standInPredictions } from './strategy-run.ts';

/** Costs that are not 0, so that each of them counts in what is compared. */
const COST_MODEL = { feeBps: 3, halfSpreadBps: 1 };

/**
 * A strategy over some bars as back-tests run it: each set from where it may be decided on.
 *
 * @throws {BadInputError} from the first walk when the bars leave nothing to decide on.
 */
export function parityCase(
  strategy: Strategy,
  bars: readonly Bar[],
  sets: readonly ParameterSet[],
): ParityCase {
  const known = new Map<string, Float64Array | null>();
  return {
    strategy,
    bars,
    sets,
    initialCash: INITIAL_CASH,
    costModel: COST_MODEL,
    firstDecisionOf: (bound) =>
      firstDecisionOf({ warmUp: null, dataFile: 'the bars' }, bound, bars.length),
    predictionsOf: (bound, series) => {
      const key = bound.featureSpec.names.join();
      const predictions = known.get(key) ?? standInPredictions(bound, series)?.map(spread) ?? null;
      known.set(key, predictions);
      return predictions;
    },
  };
}

/** From 0 to 1 and all over it, so that a strategy enters and leaves whatever its levels are. */
function spread(prediction: number): number {
  return (prediction * 997) % 1;
}
