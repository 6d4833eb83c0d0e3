import { z } from 'zod';
import { featureWarmUpBars } from '../engine/features.ts';
import { Fraction } from '../schemas/primitives.ts';
import { defineStrategy } from './strategy.ts';
import { TrainSettings } from './train-settings.ts';

const Parameters = z
  .strictObject({
    /** Enter above this probability of a rise. */
    entry: Fraction,
    /** Leave below this one; not above `entry`. */
    exit: Fraction,
    /** The model forecasts whether the close is higher after this many bars. */
    horizonBars: z.int().min(1).max(60),
    /** Strength of the regularisation that the model was fitted with. */
    l2: z.number().positive(),
  })
  .refine((value) => value.exit <= value.entry, {
    path: ['exit'],
    error: 'must not be above entry',
  });

const FEATURES = [
  'return-1',
  'return-2',
  'return-5',
  'return-10',
  'return-20',
  'volatility-20',
  'rsi-14',
  'macd-histogram',
  'distance-sma-50',
  'distance-sma-200',
  'drawdown-250',
  'range-1',
];

/** A probability of 0.5 is no view; 0.5 ± 0.1 is an average one (±10). */
const FORECAST_PER_PROBABILITY = 100;
const FORECAST_MAX = 20;

/**
 * Trades the forecast of a small regularised model, with a band between entry and exit so that
 * a probability that hovers about one level does not trade every day.
 */
export const mlForecast = defineStrategy({
  id: 'ml-forecast',
  title: 'Machine-learned forecast',
  description:
    'A regularised logistic model forecasts whether the close is higher after horizonBars; enters above the entry probability and leaves below the exit probability.',
  parameters: Parameters,
  defaultParameters: { entry: 0.55, exit: 0.5, horizonBars: 5, l2: 0.01 },
  trainer: TrainSettings,
  trainerJob: 'retrain/train',
  sample: null,
  featureSpec: () => ({ names: [...FEATURES], warmUpBars: featureWarmUpBars(FEATURES) }),
  warmUpBars: () => 250,
  initialState: () => ({}),
  prepare: () => ({}),

  decide: ({ prediction, held }, state, { entry, exit }) => {
    // Without a prediction there is nothing to act on: take no new risk.
    if (prediction === null) {
      return { forecast: 0, target: 0, state };
    }
    const isLong = held > 0 ? prediction >= exit : prediction > entry;
    const view = (prediction - 0.5) * FORECAST_PER_PROBABILITY;
    const forecast = Math.max(-FORECAST_MAX, Math.min(FORECAST_MAX, view));
    return { forecast, target: isLong ? 1 : 0, state };
  },
});
