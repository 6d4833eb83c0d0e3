import type { PortfolioOptions, PortfolioRun } from './portfolio-options.ts';
import { PortfolioWalk } from './portfolio-walk.ts';

/**
 * Walks bars of several instruments. At each time, in this order: interest and borrow cost of the days
 * since the last bar, conversions of cash, corporate actions and rolls, fills, settlement and marking
 * at the close, then the strategy's orders, each checked by the risk rule. Positions may be short.
 * Orders fill in the order in which they were made.
 *
 * @throws {PreconditionError} naming the field, for input that cannot be walked.
 * @throws {StrategyError} naming strategy, bar and field, for an answer that cannot be used.
 */
export function runPortfolio(options: PortfolioOptions): PortfolioRun {
  const { bars, state, sleeves = [] } = options;
  const walked = new PortfolioWalk(options);
  const equity = new Float64Array(bars.length);
  const sleeveEquity = sleeves.map(() => new Float64Array(bars.length));
  let { lastTime } = state;
  let { strategyState } = state;
  for (const [index, moment] of bars.entries()) {
    const close = walked.reach(moment, lastTime);
    lastTime = moment.time;
    const barCount = state.barCount + index;
    const marked = walked.decide(close, strategyState, barCount);
    strategyState = marked.strategyState;
    equity[index] = marked.equity;
    for (const [at, value] of marked.sleeves.entries()) {
      (sleeveEquity[at] as Float64Array)[index] = value;
    }
  }
  const { fills, events, book } = walked.account;
  return {
    fills,
    events,
    ledger: book.entries,
    equity,
    sleeveEquity: Object.fromEntries(
      sleeves.map(({ sleeveId }, at) => [sleeveId, sleeveEquity[at] as Float64Array]),
    ),
    state: {
      ...walked.account.state(state),
      strategyState,
      barCount: state.barCount + bars.length,
      lastTime,
    },
  };
}
