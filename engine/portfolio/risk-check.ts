import { fromUnits } from './money.ts';
import type { PortfolioAccount } from './portfolio-account.ts';
import type { WaitingOrder } from './portfolio-state.ts';
import { magnitude } from './share-out.ts';

interface Exposure {
  held: bigint;
  buys: bigint;
  sells: bigint;
}

/** What the account is allowed at one close. */
export interface RiskLimits {
  readonly time: string;
  /** In base currency. */
  readonly equity: number;
  readonly grossMax: number;
}

/**
 * The risk rule of one close. A position counts as large as its waiting orders can make it: all that
 * buy filled and none that sell, or the other way round. Amounts are at last closes, in base currency.
 */
export class RiskCheck {
  private readonly account: PortfolioAccount;
  private readonly limits: RiskLimits;
  private readonly exposures = new Map<string, Exposure>();
  private gross = 0;
  private margin = 0;
  private isKnown = false;

  constructor(account: PortfolioAccount, limits: RiskLimits) {
    this.account = account;
    this.limits = limits;
  }

  /** Orders were cancelled: what they could have done counts no more. */
  forget(): void {
    this.isKnown = false;
  }

  /** Why an order may not be made; null when it may. One that enlarges nothing always may. */
  refusal({ instrumentId, units }: Pick<WaitingOrder, 'instrumentId' | 'units'>): string | null {
    const { account, limits } = this;
    if (!account.closes.has(instrumentId)) {
      return `${instrumentId} must have had a bar, so that its exposure is known`;
    }
    if (!this.isKnown) this.look();
    const before = worst(this.exposureOf(instrumentId));
    const after = worst(plus(this.exposureOf(instrumentId), units));
    if (after <= before) return null;
    const added = fromUnits(after - before) * account.unitValue(instrumentId, limits.time);
    const gross = this.gross + added;
    const grossMax = limits.grossMax * limits.equity;
    if (gross > grossMax) {
      return `gross exposure must be at most ${String(grossMax)}, would be ${String(gross)}`;
    }
    const margin = this.margin + added * account.instruments.get(instrumentId).marginRate;
    if (margin > this.margin && margin > limits.equity) {
      return `margin must be at most the equity of ${String(limits.equity)}, would be ${String(margin)}`;
    }
    return null;
  }

  /** Counts an order that was made. */
  add({ instrumentId, units }: Pick<WaitingOrder, 'instrumentId' | 'units'>): void {
    const before = this.exposureOf(instrumentId);
    const after = plus(before, units);
    this.exposures.set(instrumentId, after);
    this.count(instrumentId, worst(after) - worst(before));
  }

  private look(): void {
    const { account } = this;
    this.exposures.clear();
    this.gross = 0;
    this.margin = 0;
    for (const { instrumentId, left } of account.open) {
      this.exposures.set(instrumentId, plus(this.exposureOf(instrumentId), left));
    }
    for (const { instrumentId } of account.instruments.all) {
      const units = worst(this.exposureOf(instrumentId));
      if (units !== 0n) this.count(instrumentId, units);
    }
    this.isKnown = true;
  }

  private count(instrumentId: string, units: bigint): void {
    const value = fromUnits(units) * this.account.unitValue(instrumentId, this.limits.time);
    this.gross += value;
    this.margin += value * this.account.instruments.get(instrumentId).marginRate;
  }

  private exposureOf(instrumentId: string): Exposure {
    const held = this.account.book.unitsOf(instrumentId);
    return this.exposures.get(instrumentId) ?? { held, buys: 0n, sells: 0n };
  }
}

function plus({ held, buys, sells }: Exposure, units: bigint): Exposure {
  return units > 0n ? { held, buys: buys + units, sells } : { held, buys, sells: sells - units };
}

function worst({ held, buys, sells }: Exposure): bigint {
  const long = magnitude(held + buys);
  const short = magnitude(held - sells);
  return long > short ? long : short;
}
