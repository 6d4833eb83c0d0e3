import { adjustedAverage } from '../indicators.ts';

/** Keeps a value within ±limit; NaN stays NaN. */
export function clip(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}

/**
 * Raw EWMAC: the fast adjusted average of the price minus the slow one, in units of daily price
 * volatility. NaN where the volatility is.
 *
 * @param spans `fast` < `slow`.
 * @param volatility of `priceVolatility`, row by row.
 * @see R. Carver, "Systematic Trading", 2015, appendix B; pysystemtrade,
 *   systems/provided/rules/ewmac.py.
 */
export function rawTrend(
  close: Float64Array,
  spans: { readonly fast: number; readonly slow: number },
  volatility: Float64Array,
): Float64Array {
  const slow = adjustedAverage(close, spans.slow);
  return adjustedAverage(close, spans.fast).map(
    (fast, t) => (fast - (slow[t] as number)) / (volatility[t] as number),
  );
}

/**
 * Forecast of a rule: raw × scalar, kept within ±cap. The scalar makes the mean absolute forecast 10.
 *
 * @see R. Carver, "Systematic Trading", 2015, chapter 7; pysystemtrade,
 *   systems/forecast_scale_cap.py.
 */
export function scaledForecast(
  raw: Float64Array,
  { scalar, cap }: { readonly scalar: number; readonly cap: number },
): Float64Array {
  return raw.map((value) => clip(value * scalar, cap));
}

/** A capped forecast of one rule and its weight in the whole. */
export interface WeightedForecast {
  readonly forecast: Float64Array;
  readonly weight: number;
}

/**
 * Combined forecast: the weighted sum times the diversification multiplier, kept within ±cap. Rules of
 * weight 0 do not count; NaN where any other one is.
 *
 * @param rules at least one, all of one length.
 * @see R. Carver, "Systematic Trading", 2015, chapter 8; pysystemtrade, systems/forecast_combine.py.
 */
export function combinedForecast(
  rules: readonly WeightedForecast[],
  { multiplier, cap }: { readonly multiplier: number; readonly cap: number },
): Float64Array {
  const counted = rules.filter(({ weight }) => weight !== 0);
  const rows = rules[0]?.forecast.length ?? 0;
  return Float64Array.from({ length: rows }, (_, t) => {
    let sum = 0;
    for (const { forecast, weight } of counted) {
      sum += weight * (forecast[t] as number);
    }
    return clip(multiplier * sum, cap);
  });
}

/**
 * Forecast diversification multiplier, 1 / √(w' H w): how much less a mix of rules moves than each of
 * them. Negative correlations count as 0, and the answer is at most 2.5.
 *
 * @param weights one a rule, sum 1.
 * @param correlations H, square, in the order of the weights.
 * @see R. Carver, "Systematic Trading", 2015, chapter 8.
 */
export function diversificationMultiplier(
  weights: readonly number[],
  correlations: readonly (readonly number[])[],
): number {
  let variance = 0;
  for (const [row, left] of weights.entries()) {
    for (const [column, right] of weights.entries()) {
      variance += left * right * Math.max(0, correlations[row]?.[column] ?? 0);
    }
  }
  return Math.min(2.5, 1 / Math.sqrt(variance));
}
