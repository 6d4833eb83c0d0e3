import type { BarSeries } from '../../engine/bar-series.ts';
import type { FuturesTerms } from '../../engine/futures/futures-ledger.ts';
import {
  openFuturesAccount,
  walkFutures,
  type FuturesAccount,
  type FuturesWalk,
} from '../../engine/futures/walk-futures.ts';
import type { IndexSpan } from '../../engine/walk.ts';
import type { CostModel } from '../../schemas/settings.ts';
import type { BoundStrategy, DecideAt } from '../../strategies/strategy.ts';
import { definedOrNull } from './walk-strategy.ts';

export interface WalkFuturesInput {
  readonly series: BarSeries;
  /** All bars unless given. */
  readonly span?: IndexSpan;
  readonly strategy: BoundStrategy;
  readonly terms: FuturesTerms;
  /** `strategy.prepare` of the same series. */
  readonly decideAt: DecideAt;
  /** First bar that may be decided on. */
  readonly firstDecision: number;
  /** The model's output a bar, NaN where there is none; null without a model. */
  readonly predictions: Float64Array | null;
  /** A fresh account unless given. */
  readonly account?: FuturesAccount;
  readonly costModel: CostModel;
}

/**
 * Walks a prepared strategy on a futures account. Before the first decision nothing changes. A forecast
 * that is not a number is undefined, which a strategy answers while its rules have no value yet.
 */
export function walkFuturesStrategy(input: WalkFuturesInput): FuturesWalk {
  const { series, strategy, terms, decideAt, predictions, costModel } = input;
  return walkFutures({
    series,
    span: input.span ?? { fromIndex: 0, toIndex: series.length },
    account: input.account ?? openFuturesAccount(terms.capital, strategy.initialState),
    terms,
    costModel,
    decide: ({ index, held, state }) => {
      if (index < input.firstDecision) {
        return { forecast: null, prediction: null, target: held, state };
      }
      const prediction = predictions === null ? null : definedOrNull(predictions[index]);
      const answer = decideAt({ index, prediction, held }, state);
      return {
        forecast: definedOrNull(answer.forecast),
        prediction,
        target: answer.target,
        state: answer.state,
      };
    },
  });
}
