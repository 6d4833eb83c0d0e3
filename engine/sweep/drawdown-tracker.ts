/**
 * Head-room for rounding: an equity above `peak * (1 - max) * SURE` cannot be a deeper drawdown
 * than `max`, whatever the last bits of the division say.
 */
const SURE = 1 + 1e-14;

/**
 * Largest drawdown of a stream of equity values: exactly the greatest `1 - equity / peak`, but the
 * division is done only for values that may be a new record, which are few.
 */
export class DrawdownTracker {
  max = 0;
  private peak: number;
  /** Equity below this may be a new record. */
  private bound: number;

  /** @param initialEquity counts as a peak. */
  constructor(initialEquity: number) {
    this.peak = initialEquity;
    this.bound = initialEquity * SURE;
  }

  add(equity: number): void {
    if (equity > this.peak) {
      this.peak = equity;
      this.bound = equity * (1 - this.max) * SURE;
    } else if (equity < this.bound) {
      this.record(equity);
    }
  }

  /** Adds `units * close[t]` for t in [from, to): a holding without cash. */
  addHolding(close: Float64Array, from: number, to: number, units: number): void {
    let { peak, bound } = this;
    for (let t = from; t < to; t += 1) {
      const equity = units * (close[t] as number);
      if (equity > peak) {
        peak = equity;
        bound = equity * (1 - this.max) * SURE;
      } else if (equity < bound) {
        this.peak = peak;
        this.record(equity);
        bound = this.bound;
      }
    }
    this.peak = peak;
    this.bound = bound;
  }

  private record(equity: number): void {
    const drawdown = 1 - equity / this.peak;
    if (drawdown > this.max) {
      this.max = drawdown;
    }
    this.bound = this.peak * (1 - this.max) * SURE;
  }
}
