import { ewmacCarryColumns } from '../engine/forecasts/ewmac-carry.ts';
import { nextHolding } from '../engine/forecasts/sizing.ts';
import type { RandomSource } from '../engine/random.ts';
import { EwmacCarryParameters } from './ewmac-carry-parameters.ts';
import { SearchSettings } from './search-settings.ts';
import { defineStrategy } from './strategy.ts';

/** Speeds with the scalars that Carver's futures chapter names, quick to slow. */
const SPEEDS = [
  { fast: 2, slow: 8, scalar: 10.6 },
  { fast: 4, slow: 16, scalar: 7.5 },
  { fast: 8, slow: 32, scalar: 5.3 },
  { fast: 16, slow: 64, scalar: 3.75 },
  { fast: 32, slow: 128, scalar: 2.65 },
  { fast: 64, slow: 256, scalar: 1.87 },
] as const;

/** Speeds that are searched together, and their weights: the middle one is like both others. */
const SPEEDS_TOGETHER = 3;
const WEIGHTS = [0.42, 0.16, 0.42] as const;

/** After so many spans an average has forgotten where it began: e^-8 of its weight is left. */
const SPANS_TO_FORGET = 4;

/** Parameters with three neighboring speeds, the first of them at a place in `SPEEDS`. */
function withSpeedsFrom(first: number): EwmacCarryParameters {
  const rules = SPEEDS.slice(first, first + SPEEDS_TOGETHER).map((speed, place) => ({
    ...speed,
    weight: WEIGHTS[place] ?? 0,
  }));
  return EwmacCarryParameters.parse({
    rules,
    carry: {},
    forecastDiversificationMultiplier: 1.1,
    targetVolatility: 0.2,
    capital: 1_000_000,
    pointValue: 50,
  });
}

/** What the futures curve is needed for, in words; null for nothing. */
function curveNeededBy(costPrice: string, carryWeight: number): string | null {
  if (carryWeight > 0) return 'carry.weight above 0';
  return costPrice === 'contract' ? 'costPrice contract' : null;
}

/**
 * Trend and carry after Carver, on a futures account: signed contracts, sized by volatility and
 * buffered. What it holds follows from the forecasts and what it held before, so it keeps no state.
 */
export const ewmacCarry = defineStrategy({
  id: 'ewmac-carry',
  title: 'Trend and carry',
  description:
    'Combines moving-average crossovers at several speeds with carry, sizes the position by volatility and trades only when it leaves a buffer.',
  parameters: EwmacCarryParameters,
  defaultParameters: withSpeedsFrom(SPEEDS.length - SPEEDS_TOGETHER),
  trainer: SearchSettings,
  trainerJob: 'retrain/search',
  sample: (random: RandomSource) => {
    const parameters = withSpeedsFrom(random.integer(SPEEDS.length - SPEEDS_TOGETHER + 1));
    const fraction = 0.05 * (1 + random.integer(5));
    return { ...parameters, buffer: { ...parameters.buffer, fraction } };
  },
  featureSpec: () => ({ names: [], warmUpBars: 0 }),
  warmUpBars: ({ rules, volatility }) =>
    Math.max(
      volatility.minPeriods + volatility.floorMinPeriods,
      ...rules.filter(({ weight }) => weight > 0).map(({ slow }) => SPANS_TO_FORGET * slow),
    ),
  initialState: () => ({}),

  futures: ({ capital, pointValue, fxRate, execution, costPrice, carry }) => ({
    capital,
    pointValue,
    fxRate,
    execution,
    costPrice,
    needsCurve: curveNeededBy(costPrice, carry.weight),
  }),

  prepare: (series, parameters) => {
    const columns = ewmacCarryColumns(series.close, series.curve, parameters);
    const { byRule, combined, average, position } = columns;
    const rules = Object.entries(byRule).map(([name, forecast]) => [`rule:${name}`, forecast]);
    const named = Object.fromEntries(rules) as Record<`rule:${string}`, Float64Array>;
    return { ...named, combined, average, position };
  },

  decide: ({ features: { combined, average, position }, held }, state, { buffer }) => ({
    forecast: combined,
    target: nextHolding({ held, position, average }, buffer),
    state,
  }),
});
