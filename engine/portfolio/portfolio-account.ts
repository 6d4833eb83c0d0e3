import type { Bar } from '../../schemas/bar.ts';
import { fillPrice } from './fill-price.ts';
import { fromMoney, toMoney } from './money.ts';
import type {
  CorporateAction,
  LedgerEntry,
  OpenOrder,
  PortfolioFill,
  PortfolioInstrument,
  PortfolioState,
} from './portfolio-types.ts';

/** Shares of a unit smaller than this share of an order are rounding, not a rest to fill. */
const FILLED = 1e-12;

/** The account while bars are walked. It keeps what happened since it was made. */
export class PortfolioAccount {
  readonly fills: PortfolioFill[] = [];
  readonly ledger: LedgerEntry[] = [];
  readonly positions: Map<string, number>;
  readonly closes: Map<string, number>;
  cash: bigint;
  open: OpenOrder[];
  private readonly instruments: ReadonlyMap<string, PortfolioInstrument>;

  constructor(state: PortfolioState, instruments: ReadonlyMap<string, PortfolioInstrument>) {
    this.instruments = instruments;
    this.cash = state.cash;
    this.positions = new Map(Object.entries(state.positions));
    this.closes = new Map(Object.entries(state.closes));
    this.open = [...state.open];
  }

  /** Applies a split or a dividend before the open. */
  applyAction(action: CorporateAction): void {
    const { instrumentId, time } = action;
    const units = this.positions.get(instrumentId) ?? 0;
    if (action.kind === 'dividend') {
      const amount = toMoney(units * action.perUnit * this.instrument(instrumentId).multiplier);
      if (amount !== 0n) {
        this.post(time, `dividend of ${instrumentId}`, [['dividends', -amount]]);
      }
      return;
    }
    const { ratio } = action;
    if (units !== 0) this.positions.set(instrumentId, units * ratio);
    const close = this.closes.get(instrumentId);
    if (close !== undefined) this.closes.set(instrumentId, close / ratio);
    this.open = this.open.map((order) =>
      order.instrumentId === instrumentId
        ? {
            ...order,
            units: order.units * ratio,
            left: order.left * ratio,
            price: order.price === null ? null : order.price / ratio,
          }
        : order,
    );
  }

  /** Fills what the bars of this time allow, in the order in which orders were made. */
  fillOrders(bars: Readonly<Record<string, Bar>>): void {
    const taken = new Map<string, number>();
    this.open = this.open.flatMap((order) => {
      const bar = bars[order.instrumentId];
      const price = bar === undefined ? null : fillPrice(order, bar);
      if (bar === undefined || price === null) return [order];
      const units = this.unitsFor(order, bar, taken);
      if (units === 0) return [order];
      this.fill(order, units, { time: bar.time, price });
      const left = order.left - units;
      return Math.abs(left) <= FILLED * Math.abs(order.units) ? [] : [{ ...order, left }];
    });
  }

  mark(bars: Readonly<Record<string, Bar>>): void {
    for (const [instrumentId, bar] of Object.entries(bars)) {
      this.closes.set(instrumentId, bar.close);
    }
  }

  /** Cash plus positions at their last closes. */
  equity(): number {
    let value = fromMoney(this.cash);
    for (const [instrumentId, units] of this.positions) {
      value +=
        units * (this.closes.get(instrumentId) ?? 0) * this.instrument(instrumentId).multiplier;
    }
    return value;
  }

  /** Sum of absolute positions at their last closes, with units that are wanted on top. */
  grossWith(instrumentId: string, units: number): number {
    const ids = new Set([...this.positions.keys(), instrumentId]);
    let gross = 0;
    for (const id of ids) {
      const held = (this.positions.get(id) ?? 0) + (id === instrumentId ? units : 0);
      gross += Math.abs(held) * (this.closes.get(id) ?? 0) * this.instrument(id).multiplier;
    }
    return gross;
  }

  /** @returns the units of this bar's volume that the order may take; orders share the volume. */
  private unitsFor(order: OpenOrder, bar: Bar, taken: Map<string, number>): number {
    const { participation } = this.instrument(order.instrumentId);
    if (participation === null) return order.left;
    const used = taken.get(order.instrumentId) ?? 0;
    const units = Math.min(Math.abs(order.left), Math.max(0, participation * bar.volume - used));
    taken.set(order.instrumentId, used + units);
    return order.left > 0 ? units : -units;
  }

  private fill(order: OpenOrder, units: number, at: { time: string; price: number }): void {
    const { instrumentId } = order;
    const { multiplier, feeBps, halfSpreadBps } = this.instrument(instrumentId);
    const notional = units * at.price * multiplier;
    const cost = (bps: number): bigint => toMoney((Math.abs(notional) * bps) / 10_000);
    this.positions.set(instrumentId, (this.positions.get(instrumentId) ?? 0) + units);
    this.fills.push({ order: order.order, instrumentId, units, ...at });
    this.post(at.time, `fill of order ${String(order.order)}`, [
      [`positions/${instrumentId}`, toMoney(notional)],
      ['fees', cost(feeBps)],
      ['spread', cost(halfSpreadBps)],
    ]);
  }

  /** Books amounts against cash: the entry sums to 0. */
  private post(time: string, text: string, amounts: readonly (readonly [string, bigint])[]): void {
    const total = amounts.reduce((sum, [, amount]) => sum + amount, 0n);
    this.cash -= total;
    const others = amounts.map(([account, amount]) => ({ account, amount }));
    this.ledger.push({ time, text, postings: [{ account: 'cash', amount: -total }, ...others] });
  }

  private instrument(instrumentId: string): PortfolioInstrument {
    return this.instruments.get(instrumentId) as PortfolioInstrument;
  }
}
