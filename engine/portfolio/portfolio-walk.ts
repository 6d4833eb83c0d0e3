import type { StrategyState } from '../../schemas/trading.ts';
import { accrue } from './accrual.ts';
import { askSleeve, askStrategy } from './ask-strategy.ts';
import { checkActions, checkBar, checkResumed } from './check-market.ts';
import { checkStrategies, strategyName } from './check-strategies.ts';
import { convertCash } from './convert-cash.ts';
import { applySplitOrDividend } from './corporate-actions.ts';
import { CurrencyTable } from './currency-table.ts';
import { InstrumentTable } from './instrument-table.ts';
import { carryOut } from './place-orders.ts';
import { PortfolioAccount } from './portfolio-account.ts';
import type { SleeveHoldings } from './portfolio-book.ts';
import type { PortfolioOptions } from './portfolio-options.ts';
import type { CorporateAction, PortfolioBar } from './portfolio-types.ts';
import { closeView, openOrders, viewOf, type CloseView } from './portfolio-view.ts';
import { RiskCheck } from './risk-check.ts';
import { applyRoll } from './roll.ts';
import { allocate, crossSleeves, orderNet } from './sleeve-desk.ts';

interface Marked {
  readonly equity: number;
  readonly sleeves: readonly number[];
  readonly strategyState: StrategyState;
}

/** One walk: the account, and which actions are still to come. */
export class PortfolioWalk {
  readonly account: PortfolioAccount;
  private readonly options: PortfolioOptions<Iterable<PortfolioBar>>;
  private readonly actions: readonly CorporateAction[];
  private nextAction = 0;

  constructor(options: PortfolioOptions<Iterable<PortfolioBar>>) {
    const { state, instruments, chains = [], currencies = [], actions = [] } = options;
    const currencyTable = new CurrencyTable(state.baseCurrency, currencies);
    const table = new InstrumentTable(instruments, chains, currencyTable);
    checkActions(actions, table);
    checkResumed(
      state,
      table,
      (options.sleeves ?? []).map(({ sleeveId }) => sleeveId),
    );
    checkStrategies(options);
    this.options = options;
    this.actions = actions.filter(({ time }) => state.lastTime === null || time > state.lastTime);
    this.account = new PortfolioAccount(state, table, currencyTable);
  }

  /** Everything up to the close of a bar, before the strategy is asked. */
  reach(moment: PortfolioBar, lastTime: string | null): CloseView {
    const { account, options } = this;
    const { time, bars } = moment;
    checkBar(moment, lastTime, account.instruments);
    if (lastTime !== null) accrue(account, lastTime, time);
    convertCash(account, time);
    for (;;) {
      const action = this.actions[this.nextAction];
      if (action === undefined || action.time > time) break;
      this.nextAction += 1;
      if (action.kind !== 'roll') applySplitOrDividend(account, action, time);
      else applyRoll(account, action, moment, lastTime === null && action.time < time);
    }
    account.fillOrders(bars, (instrumentId, units) => allocate(account, instrumentId, units));
    crossSleeves(account, options.sleeveOrders ?? 'market', bars);
    account.mark(bars);
    return closeView(account, moment);
  }

  /** Asks for decisions at a close and turns them into orders. */
  decide(close: CloseView, state: StrategyState, barCount: number): Marked {
    const { account, options } = this;
    const { time } = close;
    const view = viewOf(account, account.book, close);
    const risk = new RiskCheck(account, {
      time,
      equity: view.equity,
      grossMax: options.grossMax,
    });
    if (options.decide !== undefined) {
      if (barCount < (options.warmUpBars ?? 0)) {
        return { equity: view.equity, sleeves: [], strategyState: state };
      }
      const asked = { strategy: strategyName(options), time };
      const whole = { ...view, state, open: openOrders(account) };
      const answer = askStrategy(account, asked, whole, options.decide);
      carryOut(account, risk, answer.orders, time);
      return { equity: view.equity, sleeves: [], strategyState: answer.state };
    }
    const sleeves = (options.sleeves ?? []).map((sleeve, index) => {
      const { warmUpBars = 0, decide } = sleeve;
      const own = account.book.sleeves[index] as SleeveHoldings;
      const seen = viewOf(account, own, close);
      if (barCount >= warmUpBars) {
        const asked = { strategy: strategyName(sleeve), time };
        askSleeve(account, asked, own, () => decide({ ...seen, state: own.strategyState }));
      }
      return seen.equity;
    });
    orderNet(account, risk, options.sleeveOrders ?? 'market', time);
    return { equity: view.equity, sleeves, strategyState: state };
  }
}
