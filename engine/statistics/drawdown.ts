import type { HasEquity } from './returns.ts';

export interface Drawdown {
  /** Largest fall from a peak, as a fraction of that peak: 0.25 means a quarter was lost. */
  readonly max: number;
  /** Longest run of consecutive bars that closed below an earlier peak, in bars. */
  readonly barsMax: number;
}

/**
 * How deep and for how long an equity curve lay below its peak. The value before the first bar
 * counts as a peak.
 *
 * @param equity account values after each bar, oldest first.
 * @param initialEquity account value before the first bar, > 0.
 * @see M. Magdon-Ismail & A. Atiya, "Maximum Drawdown", Risk 17(10), 2004.
 */
export function drawdownOf(equity: readonly HasEquity[], initialEquity: number): Drawdown {
  return columnDrawdown(
    Float64Array.from(equity, (point) => point.equity),
    initialEquity,
  );
}

/** `drawdownOf` of a column of account values. */
export function columnDrawdown(equity: Float64Array, initialEquity: number): Drawdown {
  let peak = initialEquity;
  let max = 0;
  let bars = 0;
  let barsMax = 0;
  for (let t = 0; t < equity.length; t += 1) {
    const value = equity[t] as number;
    peak = Math.max(peak, value);
    max = Math.max(max, 1 - value / peak);
    bars = value < peak ? bars + 1 : 0;
    barsMax = Math.max(barsMax, bars);
  }
  return { max, barsMax };
}

/** Drawdown at each close, as a fraction of the peak so far; 0 at a new peak. */
export function drawdownCurve(equity: readonly number[], initialEquity: number): number[] {
  let peak = initialEquity;
  return equity.map((value) => {
    peak = Math.max(peak, value);
    return 1 - value / peak;
  });
}
