import { PreconditionError } from '../precondition.ts';
import type { CurrencyTerms } from './portfolio-types.ts';

/** The currencies of an account, and what they are worth in its base currency. */
export class CurrencyTable {
  readonly base: string;
  /** The base currency first, then in the order of their terms. Sums run in this order. */
  readonly codes: readonly string[];
  private readonly terms: ReadonlyMap<string, CurrencyTerms>;

  /** @throws {PreconditionError} naming currency and field, for terms that are not usable. */
  constructor(base: string, terms: readonly CurrencyTerms[]) {
    for (const one of terms) checkTerms(one, base);
    this.base = base;
    this.terms = new Map(terms.map((one) => [one.currency, one]));
    this.codes = [...new Set([base, ...this.terms.keys()])];
    if (this.terms.size < terms.length) {
      throw new PreconditionError(
        `currencies must name each currency once, was ${terms.map(({ currency }) => currency).join(', ')}`,
      );
    }
  }

  /** Null for a base currency without terms: it costs nothing. */
  termsOf(currency: string): CurrencyTerms | null {
    return this.terms.get(currency) ?? null;
  }

  /** @throws {PreconditionError} when the currency has not been declared. */
  check(where: string, currency: string): void {
    if (!this.codes.includes(currency)) {
      throw new PreconditionError(
        `${where} must be one of ${this.codes.join(', ')}, was ${currency}. Declare it in currencies.`,
      );
    }
  }

  /**
   * Base currency for one unit of a currency: the last rate that is not later than `time`.
   *
   * @throws {PreconditionError} when there is none.
   */
  rate(currency: string, time: string): number {
    if (currency === this.base) return 1;
    const rates = this.terms.get(currency)?.rates ?? [];
    let low = 0;
    let high = rates.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((rates[middle]?.time ?? '') <= time) low = middle + 1;
      else high = middle;
    }
    const found = rates[low - 1];
    if (found === undefined) {
      const first = rates[0]?.time;
      throw new PreconditionError(
        `bar ${time}: rate of ${currency} in ${this.base} must be known by then, ${first === undefined ? 'there is none' : `the first one is of ${first}`}. Add an earlier rate to currencies.`,
      );
    }
    return found.rate;
  }
}

function checkTerms(terms: CurrencyTerms, base: string): void {
  const { currency, debitRate, creditRate, dayCount, conversionBps, rates } = terms;
  const check = (field: string, rule: string, value: unknown, isRight: boolean): void => {
    if (isRight) return;
    throw new PreconditionError(
      `currency ${currency}: ${field} must be ${rule}, was ${String(value)}`,
    );
  };
  const isDebit = debitRate >= 0 && Number.isFinite(debitRate);
  check('debitRate', 'a fraction a year >= 0', debitRate, isDebit);
  check('creditRate', 'a fraction a year', creditRate, Number.isFinite(creditRate));
  const isCost = conversionBps >= 0 && conversionBps < 10_000;
  check('conversionBps', '>= 0 and < 10000', conversionBps, isCost);
  check('dayCount', '360 or 365', dayCount, [360, 365].includes(dayCount));
  const count = rates.length;
  check(
    'rates',
    'empty for the base currency',
    `${String(count)} rates`,
    currency !== base || count === 0,
  );
  for (const [index, { time, rate }] of rates.entries()) {
    const where = `rates[${String(index)}]`;
    const before = rates[index - 1]?.time ?? '';
    check(`${where}.rate of ${time}`, 'finite and > 0', rate, rate > 0 && Number.isFinite(rate));
    check(`${where}.time`, `later than ${before}`, time, time > before);
  }
}
