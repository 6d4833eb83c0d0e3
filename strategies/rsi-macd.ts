import { z } from 'zod';
import {
  movingAverageConvergence,
  relativeStrengthIndex,
  type MovingAverageConvergence,
} from '../engine/indicators.ts';
import type { RandomSource } from '../engine/random.ts';
import { SearchSettings } from './search-settings.ts';
import { defineStrategy } from './strategy.ts';

const Parameters = z
  .strictObject({
    rsiPeriod: z.int().min(2).max(100),
    /** Enter only above this RSI; leave 10 points below it. */
    rsiEntry: z.number().min(10).max(90),
    macdFast: z.int().min(2).max(100),
    macdSlow: z.int().min(3).max(250),
    macdSignal: z.int().min(2).max(100),
  })
  .refine((value) => value.macdFast < value.macdSlow, {
    path: ['macdFast'],
    error: 'must be smaller than macdSlow',
  });

/** Bars before the first decision: the longest moving average has then forgotten its seed. */
const WARM_UP_BARS = 250;

/** RSI points below the entry level at which a position is left. */
const EXIT_BELOW_ENTRY = 10;

/** A whole number from `least` to `most`, both included. */
function between(random: RandomSource, least: number, most: number): number {
  return least + random.integer(most - least + 1);
}

/**
 * The reference strategy: long while momentum (MACD) and strength (RSI) agree, else flat. All
 * inequalities are strict.
 */
export const rsiMacd = defineStrategy({
  id: 'rsi-macd',
  title: 'RSI and MACD',
  description:
    'Enters when the MACD line is above its signal line and RSI is above rsiEntry; leaves when the MACD line is below its signal line or RSI is below rsiEntry − 10.',
  parameters: Parameters,
  defaultParameters: { rsiPeriod: 14, rsiEntry: 50, macdFast: 12, macdSlow: 26, macdSignal: 9 },
  trainer: SearchSettings,
  trainerJob: 'retrain/search',
  sample: (random) => {
    const macdFast = between(random, 5, 25);
    return {
      rsiPeriod: between(random, 5, 30),
      rsiEntry: between(random, 30, 70),
      macdFast,
      macdSlow: between(random, macdFast + 5, 60),
      macdSignal: between(random, 3, 15),
    };
  },
  featureSpec: () => ({ names: [], warmUpBars: 0 }),
  warmUpBars: () => WARM_UP_BARS,
  initialState: () => ({}),

  prepare: (series, { rsiPeriod, macdFast, macdSlow, macdSignal }) => {
    const spans = { fast: macdFast, slow: macdSlow, signal: macdSignal };
    let known: MovingAverageConvergence | undefined;
    const lines = () => (known ??= movingAverageConvergence(series.close, spans));
    const key = `${String(macdFast)}/${String(macdSlow)}`;
    return {
      rsi: series.cached(`rsi/${String(rsiPeriod)}`, () =>
        relativeStrengthIndex(series.close, rsiPeriod),
      ),
      macd: series.cached(`macd/${key}`, () => lines().macd),
      signal: series.cached(`macd-signal/${key}/${String(macdSignal)}`, () => lines().signal),
    };
  },

  decide: ({ features: { rsi, macd, signal }, held }, state, { rsiEntry }) => {
    const isRising = macd > signal && rsi > rsiEntry;
    const isFading = macd < signal || rsi < rsiEntry - EXIT_BELOW_ENTRY;
    const isLong = held > 0 ? !isFading : isRising;
    return { forecast: isLong ? 10 : 0, target: isLong ? 1 : 0, state };
  },
});
