import type { StrategyState } from '../../schemas/trading.ts';
import { PreconditionError } from '../precondition.ts';
import { DrawdownTracker } from './drawdown-tracker.ts';
import type { FillRecorder, SweepFigures, SweepMarket } from './sweep-result.ts';

/** The answer to one bar, as far as a sweep needs it. */
interface LeanDecision {
  readonly target: number;
  readonly state: StrategyState;
}

export interface LeanWalkOptions {
  readonly market: SweepMarket;
  readonly initialState: StrategyState;
  readonly decide: (index: number, held: number, state: StrategyState) => LeanDecision;
  readonly onFill?: FillRecorder | undefined;
}

/**
 * The event loop of `walk` from a flat account without its records: no decision, order, fill or
 * equity point is kept, so a sweep of any strategy needs the memory of one bar. Every float64
 * operation is the one that `walk` and `fillAtOpen` do, in their order; a test compares all fills.
 *
 * @throws {PreconditionError} when a target is outside [0, 1].
 */
export function leanWalk({ market, initialState, decide, onFill }: LeanWalkOptions): SweepFigures {
  const { open, close, firstDecision, initialCash } = market;
  const feeRate = market.feeBps / 10_000;
  const halfSpread = market.halfSpreadBps / 10_000;
  const drawdown = new DrawdownTracker(initialCash);
  let cash = initialCash;
  let units = 0;
  let marked = initialCash;
  let pending: number | null = null;
  let state = initialState;
  let trades = 0;

  for (let index = firstDecision; index < close.length; index += 1) {
    if (pending !== null && pending > 0) {
      const price = (open[index] as number) * (1 + halfSpread);
      const spend = pending * cash;
      const bought = spend / (price * (1 + feeRate));
      cash -= spend;
      units += bought;
      onFill?.(index, 'buy', bought, price);
    } else if (pending !== null) {
      const price = (open[index] as number) * (1 - halfSpread);
      onFill?.(index, 'sell', units, price);
      cash += units * price * (1 - feeRate);
      units = 0;
      trades += 1;
    }
    pending = null;
    const value = units * (close[index] as number);
    marked = cash + value;
    drawdown.add(marked);

    const decision = decide(index, units > 0 ? value / marked : 0, state);
    const { target } = decision;
    if (!(target >= 0 && target <= 1)) {
      throw new PreconditionError(
        `target at bar ${String(index)} must be in [0, 1], was ${String(target)}`,
      );
    }
    state = decision.state;
    if (target > 0 !== units > 0) {
      pending = target;
    }
  }
  return { finalEquity: marked, trades, maxDrawdown: drawdown.max };
}
