import type { StrategyState } from '../../schemas/trading.ts';
import type { LedgerEntry, PortfolioState, Posting, SleeveState } from './portfolio-state.ts';

/** An amount to book against cash, and the part of each sleeve; no parts without sleeves. */
export interface BookLine {
  readonly account: string;
  readonly currency: string;
  /** > 0 takes cash. */
  readonly amount: bigint;
  readonly parts: readonly bigint[];
}

/** A change of a position, and the part of each sleeve. */
export interface BookMove {
  readonly instrumentId: string;
  readonly units: bigint;
  readonly parts: readonly bigint[];
}

type Heading = Pick<LedgerEntry, 'time' | 'cause' | 'text'>;

/** Cash and positions of the account or of one sleeve. */
class Holdings {
  readonly cash: Map<string, bigint>;
  readonly units: Map<string, bigint>;

  constructor({ cash, units }: Pick<SleeveState, 'cash' | 'units'>) {
    this.cash = new Map(Object.entries(cash));
    this.units = new Map(Object.entries(units));
  }

  /** Books lines against cash, which makes them sum to 0 in each currency. */
  book(lines: readonly Posting[], moves: LedgerEntry['units']): Posting[] {
    const taken = new Map<string, bigint>();
    for (const { currency, amount } of lines) {
      taken.set(currency, (taken.get(currency) ?? 0n) + amount);
    }
    const cash = [...taken].map(([currency, amount]) => {
      this.cash.set(currency, (this.cash.get(currency) ?? 0n) - amount);
      return { account: 'cash', currency, amount: -amount };
    });
    for (const { instrumentId, units } of moves) {
      const held = (this.units.get(instrumentId) ?? 0n) + units;
      if (held === 0n) this.units.delete(instrumentId);
      else this.units.set(instrumentId, held);
    }
    return [...cash, ...lines];
  }
}

export class SleeveHoldings extends Holdings {
  readonly sleeveId: string;
  readonly wanted: Map<string, bigint>;
  strategyState: StrategyState;

  constructor(state: SleeveState) {
    super(state);
    this.sleeveId = state.sleeveId;
    this.wanted = new Map(Object.entries(state.wanted));
    this.strategyState = state.strategyState;
  }

  state(): SleeveState {
    const { sleeveId, strategyState } = this;
    return {
      sleeveId,
      cash: sortedRecord(this.cash),
      units: sortedRecord(this.units),
      wanted: sortedRecord([...this.wanted].filter(([, units]) => units !== 0n)),
      strategyState,
    };
  }
}

/** The ledger, and what it sums to: the account's cash and positions, and those of its sleeves. */
export class PortfolioBook extends Holdings {
  readonly entries: LedgerEntry[] = [];
  readonly sleeves: readonly SleeveHoldings[];
  nextEntry: number;

  constructor(state: PortfolioState) {
    super(state);
    this.sleeves = state.sleeves.map((sleeve) => new SleeveHoldings(sleeve));
    this.nextEntry = state.nextEntry;
  }

  unitsOf(instrumentId: string): bigint {
    return this.units.get(instrumentId) ?? 0n;
  }

  /** What each sleeve holds of an instrument; sums to what the account holds. */
  partsOf(instrumentId: string): bigint[] {
    return this.sleeves.map(({ units }) => units.get(instrumentId) ?? 0n);
  }

  /** Writes one entry, unless it changes nothing for the account and for every sleeve. */
  post(heading: Heading, lines: readonly BookLine[], moves: readonly BookMove[] = []): void {
    const real = nonZero(lines, moves, null);
    const shares = this.sleeves.map((_, index) => nonZero(lines, moves, index));
    if (![real, ...shares].some((one) => one.lines.length + one.moves.length > 0)) return;
    const sleeves = this.sleeves.flatMap((sleeve, index) => {
      const share = shares[index] ?? { lines: [], moves: [] };
      if (share.lines.length + share.moves.length === 0) return [];
      const postings = sleeve.book(share.lines, share.moves);
      return [{ sleeveId: sleeve.sleeveId, postings, units: share.moves }];
    });
    const postings = this.book(real.lines, real.moves);
    this.entries.push({ entry: this.nextEntry, ...heading, postings, units: real.moves, sleeves });
    this.nextEntry += 1;
  }
}

/** A record with its names in order: the same state has the same text, however it came about. */
export function sortedRecord<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries([...entries].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** What of an entry concerns the account (null) or one sleeve. */
function nonZero(
  lines: readonly BookLine[],
  moves: readonly BookMove[],
  sleeve: number | null,
): { lines: Posting[]; moves: LedgerEntry['units'] } {
  const of = (whole: bigint, parts: readonly bigint[]): bigint =>
    sleeve === null ? whole : (parts[sleeve] ?? 0n);
  return {
    lines: lines.flatMap(({ account, currency, amount, parts }) => {
      const own = of(amount, parts);
      return own === 0n ? [] : [{ account, currency, amount: own }];
    }),
    moves: moves.flatMap(({ instrumentId, units, parts }) => {
      const own = of(units, parts);
      return own === 0n ? [] : [{ instrumentId, units: own }];
    }),
  };
}
