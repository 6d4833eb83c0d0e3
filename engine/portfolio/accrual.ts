import { fromUnits } from './money.ts';
import type { PortfolioAccount } from './portfolio-account.ts';
import { magnitude, shareOut } from './share-out.ts';

const DAY_MS = 86_400_000;

/**
 * Books what the days between two bars cost or earn: interest on the cash of each currency, and the
 * borrow cost of short positions at their last closes. Simple within one span, days / dayCount of a
 * year, and compounded from bar to bar, since it is booked. Futures are not borrowed.
 *
 * Interest is shared by the sleeves whose cash has the account's sign, in proportion to it: sleeves
 * lend to each other free of charge. Borrow cost is shared by the sleeves that are short.
 */
export function accrue(account: PortfolioAccount, from: string, time: string): void {
  const days = (Date.parse(time) - Date.parse(from)) / DAY_MS;
  for (const currency of account.currencies.codes) {
    accrueInterest(account, currency, days, time);
  }
  for (const { instrumentId, borrowRate, settlement } of account.instruments.all) {
    if (borrowRate > 0 && settlement === 'cash' && account.book.unitsOf(instrumentId) < 0n) {
      accrueBorrow(account, instrumentId, days, time);
    }
  }
}

function accrueInterest(
  account: PortfolioAccount,
  currency: string,
  days: number,
  time: string,
): void {
  const { book, currencies } = account;
  const terms = currencies.termsOf(currency);
  const cash = book.cash.get(currency) ?? 0n;
  if (terms === null || cash === 0n) return;
  const rate = cash < 0n ? terms.debitRate : terms.creditRate;
  const amount = account.money((-account.amount(cash) * rate * days) / terms.dayCount);
  const weights = book.sleeves.map((sleeve) => {
    const own = sleeve.cash.get(currency) ?? 0n;
    return own < 0n === cash < 0n ? magnitude(own) : 0n;
  });
  const parts = shareOut(amount, weights);
  const text = `interest on ${currency} for ${String(days)} days`;
  book.post({ time, cause: 'interest', text }, [{ account: 'interest', currency, amount, parts }]);
}

function accrueBorrow(
  account: PortfolioAccount,
  instrumentId: string,
  days: number,
  time: string,
): void {
  const { book, closes } = account;
  const { currency, multiplier, borrowRate } = account.instruments.get(instrumentId);
  const dayCount = account.currencies.termsOf(currency)?.dayCount ?? 365;
  const notional =
    -fromUnits(book.unitsOf(instrumentId)) * (closes.get(instrumentId) ?? 0) * multiplier;
  const amount = account.money((notional * borrowRate * days) / dayCount);
  const weights = book.partsOf(instrumentId).map((units) => (units < 0n ? -units : 0n));
  const parts = shareOut(amount, weights);
  const text = `borrowing ${instrumentId} for ${String(days)} days`;
  book.post({ time, cause: 'borrow', text }, [{ account: 'borrow', currency, amount, parts }]);
}
