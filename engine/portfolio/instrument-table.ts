import { nearestName } from '../../schemas/nearest-name.ts';
import { PreconditionError } from '../precondition.ts';
import type { CurrencyTable } from './currency-table.ts';
import { checkStep } from './grid.ts';
import { toUnits } from './money.ts';
import type { FuturesChain, PortfolioInstrument } from './portfolio-types.ts';

/** An instrument with everything said. */
export interface TradedInstrument extends Required<PortfolioInstrument> {
  /** In 1e-8 of a unit; 1 without a lot. */
  readonly lotUnits: bigint;
}

/** Instruments by id, in the order in which they were declared. Sums run in this order. */
export class InstrumentTable {
  readonly all: readonly TradedInstrument[];
  readonly chains: readonly FuturesChain[];
  private readonly byId: ReadonlyMap<string, TradedInstrument>;

  /** @throws {PreconditionError} naming instrument and field, for what is not usable. */
  constructor(
    instruments: readonly PortfolioInstrument[],
    chains: readonly FuturesChain[],
    currencies: CurrencyTable,
  ) {
    this.all = instruments.map((one) => complete(one, currencies));
    this.byId = new Map(this.all.map((one) => [one.instrumentId, one]));
    this.chains = chains;
    const names = [...instruments.map((one) => one.instrumentId), ...chains.map((c) => c.chainId)];
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
      throw new PreconditionError(
        `instruments and chains must have ids of their own, was ${twice} twice`,
      );
    }
    for (const chain of chains) this.checkChain(chain);
  }

  has(instrumentId: string): boolean {
    return this.byId.has(instrumentId);
  }

  /** @throws {PreconditionError} when it is not among the instruments. */
  get(instrumentId: string): TradedInstrument {
    const instrument = this.byId.get(instrumentId);
    if (instrument === undefined) {
      throw new PreconditionError(this.unknown('instrumentId', instrumentId));
    }
    return instrument;
  }

  /** What is said of an id that nobody knows. */
  unknown(where: string, id: string): string {
    const known = [...this.byId.keys(), ...this.chains.map(({ chainId }) => chainId)];
    const nearest = nearestName(id, known);
    const hint = nearest === null ? '' : `. Did you mean ${nearest}?`;
    return `${where} must be one of ${known.join(', ')}, was ${id}${hint}`;
  }

  private checkChain({ chainId, contracts }: FuturesChain): void {
    const where = `chain ${chainId}: contracts`;
    const first = contracts[0];
    if (first === undefined) throw new PreconditionError(`${where} must name at least one, was []`);
    for (const id of contracts) {
      if (!this.has(id)) throw new PreconditionError(this.unknown(where, id));
      for (const field of ['currency', 'multiplier', 'lot', 'settlement'] as const) {
        const [asked, given] = [this.get(first)[field], this.get(id)[field]];
        if (asked !== given) {
          throw new PreconditionError(
            `${where} must agree on ${field}, was ${String(asked)} for ${first} and ${String(given)} for ${id}`,
          );
        }
      }
    }
  }
}

function complete(given: PortfolioInstrument, currencies: CurrencyTable): TradedInstrument {
  const { instrumentId, lot = null, tick = null, currency = currencies.base } = given;
  const { settlement = 'cash', marginRate = 0, borrowRate = 0 } = given;
  const where = `instrument ${instrumentId}`;
  const check = (field: string, rule: string, value: number | null, isRight: boolean): void => {
    if (!isRight || (value !== null && !Number.isFinite(value))) {
      throw new PreconditionError(`${where}: ${field} must be ${rule}, was ${String(value)}`);
    }
  };
  const { multiplier, feeBps, halfSpreadBps, participation } = given;
  check('multiplier', 'finite and > 0', multiplier, multiplier > 0);
  check('feeBps', 'finite and >= 0', feeBps, feeBps >= 0);
  check('halfSpreadBps', 'finite and >= 0', halfSpreadBps, halfSpreadBps >= 0);
  check('marginRate', 'finite and >= 0', marginRate, marginRate >= 0);
  check('borrowRate', 'finite and >= 0', borrowRate, borrowRate >= 0);
  const share = participation ?? 1;
  check('participation', '> 0 and at most 1, or null', participation, share > 0 && share <= 1);
  currencies.check(`${where}: currency`, currency);
  if (lot !== null) checkStep(`${where}: lot`, lot);
  if (tick !== null) checkStep(`${where}: tick`, tick);
  const lotUnits = lot === null ? 1n : toUnits(lot);
  return { ...given, lot, tick, currency, settlement, marginRate, borrowRate, lotUnits };
}
