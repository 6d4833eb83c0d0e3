import { NumberColumn } from '../decision-log/number-column.ts';
import { checkWarmUps } from './check-strategies.ts';
import type { PortfolioOptions, PortfolioRun } from './portfolio-options.ts';
import type { PortfolioBar } from './portfolio-types.ts';
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
export function runPortfolio(options: PortfolioOptions<Iterable<PortfolioBar>>): PortfolioRun {
  const { state, sleeves = [] } = options;
  const walked = new PortfolioWalk(options);
  const equity = new NumberColumn();
  const sleeveEquity = sleeves.map(() => new NumberColumn());
  let { lastTime, strategyState, barCount } = state;
  for (const moment of options.bars) {
    const close = walked.reach(moment, lastTime);
    lastTime = moment.time;
    const marked = walked.decide(close, strategyState, barCount);
    barCount += 1;
    strategyState = marked.strategyState;
    equity.push(marked.equity);
    for (const [at, value] of marked.sleeves.entries()) sleeveEquity[at]?.push(value);
  }
  if (equity.length > 0) checkWarmUps(options, barCount, lastTime);
  const { fills, events, book } = walked.account;
  return {
    fills,
    events,
    ledger: book.entries,
    equity: equity.values,
    sleeveEquity: Object.fromEntries(
      sleeves.map(({ sleeveId }, at) => [sleeveId, (sleeveEquity[at] as NumberColumn).values]),
    ),
    state: {
      ...walked.account.state(state),
      strategyState,
      barCount,
      lastTime,
    },
  };
}
