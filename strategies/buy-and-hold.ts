import { z } from 'zod';
import { SearchSettings } from './search-settings.ts';
import { defineStrategy } from './strategy.ts';

/** The yardstick: buys at the first open it can and never sells. */
export const buyAndHold = defineStrategy({
  id: 'buy-and-hold',
  title: 'Buy and hold',
  description: 'Buys once and stays in the market. The yardstick that others are measured by.',
  parameters: z.strictObject({}),
  defaultParameters: {},
  trainer: SearchSettings,
  trainerJob: 'retrain/search',
  sample: () => ({}),
  featureSpec: () => ({ names: [], warmUpBars: 0 }),
  warmUpBars: () => 0,
  initialState: () => ({}),
  prepare: () => ({}),
  decide: (_view, state) => ({ forecast: 10, target: 1, state }),
});
