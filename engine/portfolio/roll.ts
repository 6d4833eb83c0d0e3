import { PreconditionError } from '../precondition.ts';
import type { PortfolioAccount } from './portfolio-account.ts';
import type { ChainState } from './portfolio-state.ts';
import type { CorporateAction, PortfolioBar } from './portfolio-types.ts';
import { changeOrders } from './waiting-orders.ts';

type Roll = Extract<CorporateAction, { kind: 'roll' }>;

/**
 * Moves what the chain holds to another contract by two fills at the opens of both, with their
 * costs. Orders that wait move along, their prices by the difference of the opens.
 *
 * @param isPast the roll lies before the first bar of all: the chain only stands at its contract.
 * @throws {PreconditionError} when one of the two contracts has no bar at this time.
 */
export function applyRoll(
  account: PortfolioAccount,
  { chainId, to }: Roll,
  { time, bars }: PortfolioBar,
  isPast: boolean,
): void {
  const { book } = account;
  const chain = account.chains.get(chainId) as ChainState;
  const from = chain.contract;
  if (from === to) return;
  if (isPast) {
    account.chains.set(chainId, { contract: to, offset: chain.offset });
    return;
  }
  const open = (contract: string): number => {
    const bar = bars[contract];
    if (bar === undefined) {
      throw new PreconditionError(
        `bar ${time}: roll of ${chainId} from ${from} to ${to} must find bars of both, ${contract} has none. Roll at a time at which both trade.`,
      );
    }
    return bar.open;
  };
  const gap = open(to) - open(from);
  const units = book.unitsOf(from);
  const parts = book.partsOf(from);
  const text = `roll of ${chainId} from ${from} to ${to}`;
  const common = { time, order: null, cause: 'roll', text } as const;
  const negative = parts.map((part) => -part);
  account.deal({
    ...common,
    instrumentId: from,
    price: open(from),
    units: -units,
    parts: negative,
  });
  account.deal({ ...common, instrumentId: to, price: open(to), units, parts });
  account.chains.set(chainId, { contract: to, offset: chain.offset - gap });
  for (const { wanted } of book.sleeves) {
    wanted.set(to, (wanted.get(to) ?? 0n) + (wanted.get(from) ?? 0n));
    wanted.delete(from);
  }
  changeOrders(account, from, time, (order) => ({
    ...order,
    instrumentId: to,
    price: order.price === null ? null : order.price + gap,
  }));
}
