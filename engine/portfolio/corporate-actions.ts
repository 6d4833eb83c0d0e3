import { wholeLots } from './grid.ts';
import { fromUnits, toUnits } from './money.ts';
import type { PortfolioAccount } from './portfolio-account.ts';
import type { CorporateAction } from './portfolio-types.ts';
import { reconcile } from './share-out.ts';
import { changeOrders } from './waiting-orders.ts';

type Split = Extract<CorporateAction, { kind: 'split' }>;
type Dividend = Extract<CorporateAction, { kind: 'dividend' }>;

/**
 * Applies splits and dividends before the open of a bar; rolls are in `roll.ts`.
 *
 * @param time of the bar, which may be later than the action's.
 */
export function applySplitOrDividend(
  account: PortfolioAccount,
  action: Split | Dividend,
  time: string,
): void {
  if (action.kind === 'split') applySplit(account, action, time);
  else payDividend(account, action, time);
}

function payDividend(
  account: PortfolioAccount,
  { instrumentId, perUnit }: Dividend,
  time: string,
): void {
  const { book } = account;
  const { multiplier, currency } = account.instruments.get(instrumentId);
  const amount = -account.money(fromUnits(book.unitsOf(instrumentId)) * perUnit * multiplier);
  const parts = account.valueParts(book.partsOf(instrumentId), -perUnit * multiplier, amount);
  book.post({ time, cause: 'dividend', text: `dividend of ${instrumentId}` }, [
    { account: 'dividends', currency, amount, parts },
  ]);
}

/** Value is preserved to the last part of the money scale: what is no whole lot is paid in cash. */
function applySplit(account: PortfolioAccount, { instrumentId, ratio }: Split, time: string): void {
  const { book, closes, settled } = account;
  const { lotUnits, multiplier, settlement, currency } = account.instruments.get(instrumentId);
  const scaled = (units: bigint): bigint => toUnits(fromUnits(units) * ratio);
  const before = book.unitsOf(instrumentId);
  const after = wholeLots(scaled(before), lotUnits);
  const partsBefore = book.partsOf(instrumentId);
  const partsAfter = reconcile(partsBefore.map(scaled), after);
  const close = settlement === 'variation' ? 0 : (closes.get(instrumentId) ?? 0) * multiplier;
  const lost = (was: bigint, is: bigint): bigint =>
    -account.money(fromUnits(was) * close - (fromUnits(is) * close) / ratio);
  const amount = lost(before, after);
  const parts = reconcile(
    partsBefore.map((was, index) => lost(was, partsAfter[index] ?? 0n)),
    amount,
    partsBefore,
  );
  book.post(
    { time, cause: 'split', text: `split of ${instrumentId}, ${String(ratio)} for 1` },
    [{ account: `positions/${instrumentId}`, currency, amount, parts }],
    [
      {
        instrumentId,
        units: after - before,
        parts: partsAfter.map((is, index) => is - (partsBefore[index] ?? 0n)),
      },
    ],
  );
  for (const prices of [closes, settled]) {
    const price = prices.get(instrumentId);
    if (price !== undefined) prices.set(instrumentId, price / ratio);
  }
  for (const { wanted } of book.sleeves) {
    const units = wanted.get(instrumentId);
    if (units !== undefined) wanted.set(instrumentId, scaled(units));
  }
  changeOrders(account, instrumentId, time, (order) => ({
    ...order,
    units: wholeLots(scaled(order.units), lotUnits),
    left: wholeLots(scaled(order.left), lotUnits),
    price: order.price === null ? null : order.price / ratio,
  }));
}
