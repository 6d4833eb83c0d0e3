import { wholeLots } from './grid.ts';
import { fromUnits, toUnits } from './money.ts';
import type { PortfolioAccount } from './portfolio-account.ts';
import type { WaitingOrder } from './portfolio-state.ts';
import type { PortfolioInstruction } from './portfolio-view.ts';
import type { PortfolioOrder } from './portfolio-types.ts';
import type { RiskCheck } from './risk-check.ts';
import { priced } from './waiting-orders.ts';

/** An order whose units are those of the ledger. */
export type ExactOrder = Omit<WaitingOrder, 'order' | 'left'>;

/** Carries out what a strategy asked for at a close, in its order. Checked before. */
export function carryOut(
  account: PortfolioAccount,
  risk: RiskCheck,
  instructions: readonly PortfolioInstruction[],
  time: string,
): void {
  for (const instruction of instructions) {
    if (instruction.type === 'cancel') {
      const found = account.open.find(({ order }) => order === instruction.order);
      if (found !== undefined) account.cancel(found, time, 'by the strategy');
      risk.forget();
    } else if (instruction.type === 'convert') {
      const { from, to, amount } = instruction;
      account.conversions.push({ sleeveId: null, from, to, amount: account.money(amount) });
    } else {
      placeOrder(account, risk, exact(account, instruction), time);
    }
  }
}

/** Takes an order in, or refuses it, and says so. */
export function placeOrder(
  account: PortfolioAccount,
  risk: RiskCheck,
  wish: ExactOrder,
  time: string,
): void {
  const { instrumentId } = wish;
  const { lotUnits, lot } = account.instruments.get(instrumentId);
  const onGrid = priced({ ...wish, units: wholeLots(wish.units, lotUnits) }, account);
  const order = account.nextOrder;
  account.nextOrder += 1;
  const reason =
    onGrid.units === 0n
      ? `units must be at least one lot of ${String(lot ?? fromUnits(1n))}, was ${String(fromUnits(wish.units))}`
      : onGrid.price !== null && onGrid.price <= 0
        ? `price must be at least one tick, was ${String(wish.price)}`
        : risk.refusal(onGrid);
  const what = reason === null ? 'accepted' : 'refused';
  account.events.push({ order, time, instrumentId, what, reason });
  if (reason !== null) return;
  account.open.push({ order, ...onGrid, left: onGrid.units });
  risk.add(onGrid);
}

/** A chain means its current contract. */
function exact(
  { chains }: PortfolioAccount,
  { instrumentId, type, units, price }: PortfolioOrder,
): ExactOrder {
  const contract = chains.get(instrumentId)?.contract ?? instrumentId;
  return { instrumentId: contract, type, units: toUnits(units), price };
}
