import type { StrategyState } from '../../schemas/trading.ts';
import { checkInstruction, checkState, checkTargets, kindOf, type Asked } from './check-answer.ts';
import { toUnits } from './money.ts';
import type { PortfolioAccount } from './portfolio-account.ts';
import type { SleeveHoldings } from './portfolio-book.ts';
import type {
  PortfolioDecision,
  PortfolioInstruction,
  PortfolioView,
  SleeveDecision,
} from './portfolio-view.ts';
import { StrategyError } from './strategy-error.ts';

/**
 * Asks the strategy of an account.
 *
 * @throws {StrategyError} when it throws, or answers something that cannot be used.
 */
export function askStrategy(
  account: PortfolioAccount,
  asked: Asked,
  view: PortfolioView,
  decide: (view: PortfolioView) => PortfolioDecision,
): { readonly orders: readonly PortfolioInstruction[]; readonly state: StrategyState } {
  const answer = callStrategy(asked, () => decide(view));
  const { orders, state } = 'orders' in answer ? answer : { orders: answer, state: view.state };
  if (!Array.isArray(orders)) {
    const problem = `decide must return a list of orders, or orders and state, was ${kindOf(orders)}`;
    throw new StrategyError({ ...asked, field: 'decide' }, problem);
  }
  const known: readonly PortfolioInstruction[] = orders;
  for (const [index, order] of known.entries()) {
    checkInstruction(account, asked, order, `orders[${String(index)}]`);
  }
  checkState(asked, state);
  return { orders: known, state };
}

/**
 * Asks the strategy of a sleeve, and notes what it wants.
 *
 * @throws {StrategyError} when it throws, or answers something that cannot be used.
 */
export function askSleeve(
  account: PortfolioAccount,
  asked: Asked,
  sleeve: SleeveHoldings,
  decide: () => SleeveDecision,
): void {
  const { targets, state, conversions = [] } = callStrategy(asked, decide);
  checkTargets(account, asked, targets);
  for (const [index, wish] of conversions.entries()) {
    checkInstruction(account, asked, { type: 'convert', ...wish }, `conversions[${String(index)}]`);
    const { from, to, amount } = wish;
    const { sleeveId } = sleeve;
    account.conversions.push({ sleeveId, from, to, amount: account.money(amount) });
  }
  for (const [id, target] of Object.entries(targets)) {
    const contract = account.chains.get(id)?.contract ?? id;
    sleeve.wanted.set(contract, toUnits(target) - (sleeve.units.get(contract) ?? 0n));
  }
  if (state !== undefined) {
    checkState(asked, state);
    sleeve.strategyState = state;
  }
}

function callStrategy<T extends object>(asked: Asked, decide: () => T): T {
  let answer: T;
  try {
    answer = decide();
  } catch (error) {
    throw new StrategyError(
      { ...asked, field: 'decide' },
      `decide must not throw, threw ${String(error)}`,
      { cause: error },
    );
  }
  // Strategies may be plain JavaScript, where nothing checks what they return.
  if (typeof (answer as unknown) !== 'object' || (answer as unknown) === null) {
    throw new StrategyError(
      { ...asked, field: 'decide' },
      `decide must return an answer, was ${kindOf(answer)}`,
    );
  }
  return answer;
}
