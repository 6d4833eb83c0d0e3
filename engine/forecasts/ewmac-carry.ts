import { PreconditionError } from '../precondition.ts';
import { rawCarry, smoothedCarry, type CarryColumns } from './carry.ts';
import { priceVolatility, type PriceVolatilityOptions } from './price-volatility.ts';
import {
  averagePosition,
  bufferedPosition,
  optimalPosition,
  type BufferOptions,
  type SizingOptions,
} from './sizing.ts';
import { combinedForecast, rawTrend, scaledForecast, type WeightedForecast } from './trend.ts';

/** One trend rule: EWMAC at one pair of speeds. */
export interface TrendRule {
  readonly fast: number;
  readonly slow: number;
  readonly scalar: number;
  readonly weight: number;
}

export interface EwmacCarryOptions extends SizingOptions {
  readonly rules: readonly TrendRule[];
  /** A weight of 0 leaves carry out, and its columns may be missing. */
  readonly carry: {
    readonly scalar: number;
    readonly weight: number;
    readonly smoothingCom: number;
  };
  readonly forecastCap: number;
  readonly forecastDiversificationMultiplier: number;
  readonly volatility: PriceVolatilityOptions;
  readonly buffer: BufferOptions;
}

/** Columns of the strategy, one value a row; NaN where one is not defined yet. */
export interface EwmacCarryColumns {
  /** Capped forecasts by rule: `ewmac16_64`, and `carry` where its columns are given. */
  readonly byRule: Readonly<Record<string, Float64Array>>;
  readonly combined: Float64Array;
  /** Contracts that an average forecast of 10 asks for. */
  readonly average: Float64Array;
  /** Optimal contracts, fractional and signed. */
  readonly position: Float64Array;
  /** Contracts to hold from the next bar on: the buffered position, 0 before the first one. */
  readonly held: Float64Array;
}

/**
 * Forecasts and positions of a trend and carry strategy on one futures instrument. The value at row t
 * uses rows up to t only.
 *
 * @param close adjusted prices, oldest first: their differences are gains, their level may be anything.
 * @param curve null where the file has no carry columns.
 * @throws {PreconditionError} when carry has a weight and there is no curve, or an option is wrong.
 * @see R. Carver, "Systematic Trading", 2015, chapters 7 to 12 and 15.
 */
export function ewmacCarryColumns(
  close: Float64Array,
  curve: CarryColumns | null,
  options: EwmacCarryOptions,
): EwmacCarryColumns {
  const { forecastCap: cap, carry } = options;
  if (carry.weight !== 0 && curve === null) {
    throw new PreconditionError(
      `carry.weight must be 0 without the columns price, price_contract, carry and carry_contract, was ${String(carry.weight)}`,
    );
  }
  const volatility = priceVolatility(close, options.volatility);
  const byRule: Record<string, Float64Array> = {};
  const weighted: WeightedForecast[] = options.rules.map(({ fast, slow, scalar, weight }) => {
    const forecast = scaledForecast(rawTrend(close, { fast, slow }, volatility), { scalar, cap });
    byRule[`ewmac${String(fast)}_${String(slow)}`] = forecast;
    return { forecast, weight };
  });
  if (curve !== null) {
    const smoothed = smoothedCarry(rawCarry(curve, volatility), carry.smoothingCom);
    const forecast = scaledForecast(smoothed, { scalar: carry.scalar, cap });
    byRule['carry'] = forecast;
    weighted.push({ forecast, weight: carry.weight });
  }
  const multiplier = options.forecastDiversificationMultiplier;
  const combined = combinedForecast(weighted, { multiplier, cap });
  const average = averagePosition(volatility, options);
  const position = optimalPosition(combined, average);
  const held = bufferedPosition({ position, average }, options.buffer);
  return { byRule, combined, average, position, held };
}
