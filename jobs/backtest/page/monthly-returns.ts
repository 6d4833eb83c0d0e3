import type { MarkedBar } from '../backtest-tables.ts';

/** Returns of one calendar year; null for months without a bar. Fractions. */
export interface YearOfReturns {
  readonly year: string;
  /** January first, 12 of them. */
  readonly months: readonly (number | null)[];
  /** Of the whole year: the months compounded. */
  readonly total: number;
}

/**
 * Return of each calendar month, from the last close before it to its own last close, in UTC. The
 * first month begins at the equity before the first bar.
 *
 * @param equity the account marked at each close, oldest first.
 * @param initialEquity account value before the first bar, > 0.
 */
export function monthlyReturns(
  equity: readonly MarkedBar[],
  initialEquity: number,
): YearOfReturns[] {
  const closes = new Map<string, number>();
  for (const point of equity) closes.set(point.time.slice(0, 7), point.equity);
  const years = new Map<string, { months: (number | null)[]; before: number; after: number }>();
  let before = initialEquity;
  for (const [month, after] of closes) {
    const year = month.slice(0, 4);
    const known = years.get(year) ?? {
      months: new Array<number | null>(12).fill(null),
      before,
      after,
    };
    known.months[Number(month.slice(5)) - 1] = after / before - 1;
    years.set(year, { ...known, after });
    before = after;
  }
  return [...years].map(([year, { months, before: start, after }]) => ({
    year,
    months,
    total: after / start - 1,
  }));
}
