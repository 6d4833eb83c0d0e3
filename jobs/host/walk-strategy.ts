import { walk, type IndexSpan, type Walk, type WalkOptions } from '../../engine/walk.ts';
import type { CostModel } from '../../schemas/settings.ts';
import type { AccountState } from '../../schemas/trading.ts';
import type { BoundStrategy, DecideAt } from '../../strategies/strategy.ts';
import { BadInputError } from '../contract/job-error.ts';

export interface WalkStrategyInput {
  /** As columns or as objects. */
  readonly bars: WalkOptions['bars'];
  readonly span: IndexSpan;
  readonly strategy: BoundStrategy;
  /** `strategy.prepare` of the columns of the same bars. */
  readonly decideAt: DecideAt;
  /** First bar that may be decided on: all features, the strategy's and the model's, are defined. */
  readonly firstDecision: number;
  /** The model's output a bar, NaN where there is none; null without a model. */
  readonly predictions: Float64Array | null;
  readonly releaseId: string;
  readonly account: AccountState;
  readonly costModel: CostModel;
}

/**
 * Walks a prepared strategy. Before the first decision nothing changes: a flat account stays flat
 * and a holding is kept.
 *
 * @throws {BadInputError} when the strategy trades futures: its targets are contracts.
 */
export function walkStrategy(input: WalkStrategyInput): Walk {
  const { bars, span, strategy, decideAt, predictions, releaseId, costModel } = input;
  checkHoldsShare(strategy);
  const isFresh = Object.keys(input.account.strategyState).length === 0;
  const account = isFresh
    ? { ...input.account, strategyState: strategy.initialState }
    : input.account;
  // One of each for all bars: what `walk` and `decideAt` read before the next bar.
  const moment = { index: 0, prediction: null as number | null, held: 0 };
  const answer = {
    forecast: null as number | null,
    prediction: null as number | null,
    target: 0,
    state: account.strategyState,
  };
  return walk({
    bars,
    span,
    account,
    costModel,
    releaseId,
    decide: ({ index, held, state }) => {
      if (index < input.firstDecision) {
        answer.target = Math.min(1, held);
        answer.state = state;
        return answer;
      }
      moment.index = index;
      moment.prediction = predictions === null ? null : definedOrNull(predictions[index]);
      moment.held = held;
      const decision = decideAt(moment, state);
      answer.forecast = decision.forecast;
      answer.prediction = moment.prediction;
      answer.target = decision.target;
      answer.state = decision.state;
      return answer;
    },
  });
}

/** NaN stands for a value that is not there. */
export function definedOrNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/**
 * Refuses a strategy whose targets are contracts where accounts hold a share of one instrument. The
 * loop's accounts do: walked by them it would trade something that it never decided.
 *
 * @throws {BadInputError} saying where it can be run.
 */
export function checkHoldsShare({ futures }: Pick<BoundStrategy, 'futures'>): void {
  if (futures === null) return;
  throw new BadInputError(
    'strategy must be one that holds a share of its account, was one that trades a futures account. Run it by "strategy-loop backtest" or "strategy-loop sweep"; cycles cannot trade it yet.',
  );
}
