import type { Bar } from '../../schemas/bar.ts';
import type { CurrencyTable } from './currency-table.ts';
import { fillPrice } from './fill-price.ts';
import { wholeLots } from './grid.ts';
import type { InstrumentTable } from './instrument-table.ts';
import { fromMoney, fromUnits, toMoney } from './money.ts';
import { PortfolioBook, sortedRecord } from './portfolio-book.ts';
import type {
  ChainState,
  LedgerEntry,
  PortfolioState,
  WaitingConversion,
  WaitingOrder,
} from './portfolio-state.ts';
import type { OrderEvent, PortfolioFill } from './portfolio-types.ts';
import { magnitude, reconcile, shareOut } from './share-out.ts';

type Bars = Readonly<Record<string, Bar>>;

/** A change of a position at a price. */
export interface Deal {
  readonly time: string;
  readonly instrumentId: string;
  readonly price: number;
  readonly units: bigint;
  /** What each sleeve gets of the units. */
  readonly parts: readonly bigint[];
  readonly order: number | null;
  readonly cause: LedgerEntry['cause'];
  readonly text: string;
}

/** The account while bars are walked. It keeps what happened since it was made. */
export class PortfolioAccount {
  readonly fills: PortfolioFill[] = [];
  readonly events: OrderEvent[] = [];
  readonly book: PortfolioBook;
  readonly instruments: InstrumentTable;
  readonly currencies: CurrencyTable;
  readonly closes: Map<string, number>;
  readonly settled: Map<string, number>;
  readonly chains: Map<string, ChainState>;
  open: WaitingOrder[];
  conversions: WaitingConversion[];
  nextOrder: number;
  private readonly moneyDecimals: number;

  constructor(state: PortfolioState, instruments: InstrumentTable, currencies: CurrencyTable) {
    this.book = new PortfolioBook(state);
    this.instruments = instruments;
    this.currencies = currencies;
    this.moneyDecimals = state.moneyDecimals;
    this.closes = new Map(Object.entries(state.closes));
    this.settled = new Map(Object.entries(state.settled));
    this.chains = new Map(
      instruments.chains.map(({ chainId, contracts }) => [
        chainId,
        state.chains[chainId] ?? { contract: contracts[0] as string, offset: 0 },
      ]),
    );
    this.open = [...state.open];
    this.conversions = [...state.conversions];
    this.nextOrder = state.nextOrder;
  }

  /** What has to survive, in place of what was there before. */
  state(before: PortfolioState): PortfolioState {
    const { book, closes, settled, chains, open, conversions, nextOrder } = this;
    return {
      ...before,
      cash: sortedRecord(book.cash),
      units: sortedRecord(book.units),
      closes: sortedRecord(closes),
      settled: sortedRecord(settled),
      chains: sortedRecord(chains),
      open,
      conversions,
      sleeves: book.sleeves.map((sleeve) => sleeve.state()),
      nextOrder,
      nextEntry: book.nextEntry,
    };
  }

  money(amount: number): bigint {
    return toMoney(amount, this.moneyDecimals);
  }

  amount(money: bigint): number {
    return fromMoney(money, this.moneyDecimals);
  }

  /** Value of each part of some units, summing to the value of the whole. */
  valueParts(parts: readonly bigint[], unitValue: number, whole: bigint): bigint[] {
    const values = parts.map((units) => this.money(fromUnits(units) * unitValue));
    return parts.length === 0 ? [] : reconcile(values, whole, parts);
  }

  /** Fills what the bars of this time allow, in the order in which orders were made. */
  fillOrders(bars: Bars, allocate: (instrumentId: string, units: bigint) => bigint[]): void {
    const taken = new Map<string, bigint>();
    this.open = this.open.flatMap((order) => {
      const { instrumentId } = order;
      const bar = bars[instrumentId];
      if (bar === undefined) return [order];
      const price = fillPrice(order, bar, this.instruments.get(instrumentId).tick);
      const units = price === null ? 0n : this.unitsFor(order, bar, taken);
      if (price === null || units === 0n) return [order];
      const parts = allocate(instrumentId, units);
      const text = `fill of order ${String(order.order)}`;
      const at = { time: bar.time, instrumentId, price, units };
      this.deal({ ...at, parts, order: order.order, cause: 'fill', text });
      const left = order.left - units;
      return left === 0n ? [] : [{ ...order, left }];
    });
  }

  /** Books a change of a position: gains of a future so far, the notional, the costs. */
  deal({ time, instrumentId, price, units, parts, order, cause, text }: Deal): void {
    this.settle(instrumentId, price, time);
    const instrument = this.instruments.get(instrumentId);
    const { currency, multiplier, settlement } = instrument;
    const notional = this.money(fromUnits(units) * price * multiplier);
    const lines = (['feeBps', 'halfSpreadBps'] as const).map((field) => {
      const traded = Math.abs(fromUnits(units) * price * multiplier);
      const amount = this.money((traded * instrument[field]) / 10_000);
      const account = field === 'feeBps' ? 'fees' : 'spread';
      return { account, currency, amount, parts: shareOut(amount, parts.map(magnitude)) };
    });
    if (settlement === 'cash') {
      const values = this.valueParts(parts, price * multiplier, notional);
      const account = `positions/${instrumentId}`;
      lines.unshift({ account, currency, amount: notional, parts: values });
    }
    if (units !== 0n) {
      this.fills.push({ order, time, instrumentId, units: fromUnits(units), price });
    }
    this.book.post({ time, cause, text }, lines, [{ instrumentId, units, parts }]);
  }

  /** Turns the gains of a future since it was settled last into cash. */
  settle(instrumentId: string, price: number, time: string): void {
    const { settlement, multiplier, currency } = this.instruments.get(instrumentId);
    if (settlement === 'cash') return;
    const unitGain = (price - (this.settled.get(instrumentId) ?? price)) * multiplier;
    this.settled.set(instrumentId, price);
    const units = this.book.unitsOf(instrumentId);
    const amount = -this.money(fromUnits(units) * unitGain);
    const parts = this.valueParts(this.book.partsOf(instrumentId), -unitGain, amount);
    const text = `gains of ${instrumentId} up to ${String(price)}`;
    this.book.post({ time, cause: 'settlement', text }, [
      { account: `gains/${instrumentId}`, currency, amount, parts },
    ]);
  }

  mark(bars: Bars): void {
    for (const [instrumentId, bar] of Object.entries(bars)) {
      this.settle(instrumentId, bar.close, bar.time);
      this.closes.set(instrumentId, bar.close);
    }
  }

  /** Cash and positions at their last closes, in base currency, of the account or of a sleeve. */
  equity(time: string, { cash, units }: Pick<PortfolioBook, 'cash' | 'units'> = this.book): number {
    let value = 0;
    for (const currency of this.currencies.codes) {
      const money = cash.get(currency) ?? 0n;
      if (money !== 0n) value += this.amount(money) * this.currencies.rate(currency, time);
    }
    for (const { instrumentId, settlement } of this.instruments.all) {
      const held = units.get(instrumentId);
      if (held !== undefined && settlement === 'cash') {
        value += fromUnits(held) * this.unitValue(instrumentId, time);
      }
    }
    return value;
  }

  /** Base currency that one unit stands for at the last close. */
  unitValue(instrumentId: string, time: string): number {
    const { currency, multiplier } = this.instruments.get(instrumentId);
    const close = this.closes.get(instrumentId) ?? 0;
    return close * multiplier * this.currencies.rate(currency, time);
  }

  cancel({ order, instrumentId }: WaitingOrder, time: string, reason: string): void {
    this.open = this.open.filter((other) => other.order !== order);
    this.events.push({ order, time, instrumentId, what: 'cancelled', reason });
  }

  /** @returns the units of this bar's volume that the order may take; orders share the volume. */
  private unitsFor(order: WaitingOrder, bar: Bar, taken: Map<string, bigint>): bigint {
    const { participation, lotUnits } = this.instruments.get(order.instrumentId);
    if (participation === null) return order.left;
    const used = taken.get(order.instrumentId) ?? 0n;
    // Rounded down, so that the share is never passed.
    const share = BigInt(Math.floor(participation * bar.volume * 1e8)) - used;
    const allowed = wholeLots(share > 0n ? share : 0n, lotUnits);
    const wanted = magnitude(order.left);
    const units = wanted < allowed ? wanted : allowed;
    taken.set(order.instrumentId, used + units);
    return order.left > 0n ? units : -units;
  }
}
