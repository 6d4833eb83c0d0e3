import type { BookLine } from './portfolio-book.ts';
import type { PortfolioAccount } from './portfolio-account.ts';
import type { WaitingConversion } from './portfolio-state.ts';

/** Makes the conversions that wait, at the rates of this time, in the order of their wishes. */
export function convertCash(account: PortfolioAccount, time: string): void {
  for (const conversion of account.conversions) convert(account, conversion, time);
  account.conversions = [];
}

function convert(account: PortfolioAccount, wish: WaitingConversion, time: string): void {
  const { from, to, amount, sleeveId } = wish;
  const { book, currencies } = account;
  const rate = currencies.rate(from, time) / currencies.rate(to, time);
  const bought = account.amount(amount) * rate;
  const bps = currencies.termsOf(to)?.conversionBps ?? 0;
  const line = (name: string, currency: string, money: bigint): BookLine => ({
    account: name,
    currency,
    amount: money,
    parts: book.sleeves.map((sleeve) => (sleeve.sleeveId === sleeveId ? money : 0n)),
  });
  book.post({ time, cause: 'conversion', text: `${from} into ${to} at ${String(rate)}` }, [
    line('conversions', from, amount),
    line('conversions', to, -account.money(bought)),
    line('fees', to, account.money((bought * bps) / 10_000)),
  ]);
}
