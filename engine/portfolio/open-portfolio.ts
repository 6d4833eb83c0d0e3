import { PreconditionError } from '../precondition.ts';
import { DECIMALS, toMoney } from './money.ts';
import type { PortfolioState } from './portfolio-state.ts';
import { shareOut } from './share-out.ts';

/** More than this and float64 prices would say nothing about the last digits. */
const DECIMALS_MAX = 12;

export interface OpenPortfolioOptions {
  /** `USD` by default. */
  readonly currency?: string;
  /** Decimals of every amount in the ledger, 8 (the default) to 12. */
  readonly moneyDecimals?: number;
  /** Sleeves share the cash equally, to the last part of the money scale. None by default. */
  readonly sleeves?: readonly string[];
}

/**
 * A flat account. `cash` is in its base currency, > 0.
 *
 * @throws {PreconditionError} naming the field that is out of its range.
 */
export function openPortfolio(cash: number, options: OpenPortfolioOptions = {}): PortfolioState {
  const { currency = 'USD', moneyDecimals = DECIMALS, sleeves = [] } = options;
  if (!(cash > 0)) {
    throw new PreconditionError(`cash must be > 0, was ${String(cash)}`);
  }
  if (
    !Number.isInteger(moneyDecimals) ||
    moneyDecimals < DECIMALS ||
    moneyDecimals > DECIMALS_MAX
  ) {
    throw new PreconditionError(
      `moneyDecimals must be a whole number from ${String(DECIMALS)} to ${String(DECIMALS_MAX)}, was ${String(moneyDecimals)}`,
    );
  }
  if (new Set(sleeves).size < sleeves.length) {
    throw new PreconditionError(`sleeves must differ, was ${sleeves.join(', ')}`);
  }
  const money = toMoney(cash, moneyDecimals);
  const shares = shareOut(
    money,
    sleeves.map(() => 1n),
  );
  const empty = { units: {}, strategyState: {} };
  return {
    baseCurrency: currency,
    moneyDecimals,
    cash: { [currency]: money },
    ...empty,
    closes: {},
    settled: {},
    chains: {},
    open: [],
    conversions: [],
    sleeves: sleeves.map((sleeveId, index) => ({
      sleeveId,
      cash: { [currency]: shares[index] ?? 0n },
      ...empty,
      wanted: {},
    })),
    nextOrder: 1,
    nextEntry: 1,
    barCount: 0,
    lastTime: null,
  };
}
