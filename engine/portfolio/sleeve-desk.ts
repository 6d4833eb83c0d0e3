import type { Bar } from '../../schemas/bar.ts';
import { fillPrice } from './fill-price.ts';
import { nearestLots } from './grid.ts';
import type { PortfolioAccount } from './portfolio-account.ts';
import { placeOrder } from './place-orders.ts';
import type { RiskCheck } from './risk-check.ts';
import { magnitude, shareOut, sum } from './share-out.ts';

/** How the net of what sleeves want is ordered. */
export type SleeveOrderType = 'market' | 'market-on-close';

/**
 * Shares units that were filled among the sleeves that want an instrument, and takes them off what
 * is wanted. Sleeves that want the side that is smaller in sum are served in full by the others, at
 * the same price; the larger side gets that and the fill, in proportion to what each wants.
 *
 * @param filled > 0 bought, < 0 sold; 0 to serve the sleeves from each other.
 * @returns units of each sleeve; they sum to `filled` exactly.
 */
export function allocate(
  { book }: PortfolioAccount,
  instrumentId: string,
  filled: bigint,
): bigint[] {
  const wanted = book.sleeves.map((sleeve) => sleeve.wanted.get(instrumentId) ?? 0n);
  if (wanted.length === 0) return [];
  const isBuy = filled > 0n || (filled === 0n && sum(wanted) >= 0n);
  const isLarger = wanted.map((units) => (isBuy ? units > 0n : units < 0n));
  const smaller = wanted.map((units, index) => (isLarger[index] === true ? 0n : units));
  const weights = wanted.map((units, index) => (isLarger[index] === true ? magnitude(units) : 0n));
  const shares = shareOut(filled - sum(smaller), weights);
  const parts = shares.map((share, index) => share + (smaller[index] ?? 0n));
  for (const [index, sleeve] of book.sleeves.entries()) {
    sleeve.wanted.set(instrumentId, (wanted[index] ?? 0n) - (parts[index] ?? 0n));
  }
  return parts;
}

/** Serves sleeves that want opposite sides from each other, where no order was filled. No costs. */
export function crossSleeves(
  account: PortfolioAccount,
  type: SleeveOrderType,
  bars: Readonly<Record<string, Bar>>,
): void {
  const { sleeves } = account.book;
  if (sleeves.length === 0) return;
  for (const { instrumentId, tick } of account.instruments.all) {
    const bar = bars[instrumentId];
    const wanted = sleeves.map((sleeve) => sleeve.wanted.get(instrumentId) ?? 0n);
    const isCrossed = wanted.some((units) => units > 0n) && wanted.some((units) => units < 0n);
    if (bar === undefined || !isCrossed) continue;
    const price = fillPrice({ type, units: sum(wanted), price: null }, bar, tick) as number;
    const parts = allocate(account, instrumentId, 0n);
    const text = `${instrumentId} between sleeves`;
    const at = { time: bar.time, instrumentId, price, units: 0n, parts };
    account.deal({ ...at, order: null, cause: 'cross', text });
  }
}

/**
 * Turns what the sleeves want into orders of the account: summed, netted, and rounded once to whole
 * lots. An order that waits is replaced when something else is wanted. An order that is refused is
 * asked for again at every close until the sleeves want something else.
 */
export function orderNet(
  account: PortfolioAccount,
  risk: RiskCheck,
  type: SleeveOrderType,
  time: string,
): void {
  const { book, instruments } = account;
  const waiting = new Map(account.open.map((order) => [order.instrumentId, order]));
  const wishes = instruments.all.flatMap(({ instrumentId, lotUnits }) => {
    const wanted = sum(book.sleeves.map((sleeve) => sleeve.wanted.get(instrumentId) ?? 0n));
    const held = book.unitsOf(instrumentId);
    const units = nearestLots(held + wanted, lotUnits) - held;
    const before = waiting.get(instrumentId);
    if ((before?.left ?? 0n) === units) return [];
    if (before !== undefined) account.cancel(before, time, 'the sleeves want something else');
    return units === 0n ? [] : [{ instrumentId, type, units, price: null }];
  });
  risk.forget();
  for (const wish of wishes) placeOrder(account, risk, wish, time);
}
