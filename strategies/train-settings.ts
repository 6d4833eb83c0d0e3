import { z } from 'zod';
import { Fraction } from '../schemas/primitives.ts';

/** Settings of the `retrain/train` job. */
export const TrainSettings = z
  .strictObject({
    /**
     * Entry and exit level as quantiles of the probabilities that the model gives to the fit bars.
     * Levels of the model's own, because the usual share of rises differs from decade to decade
     * and a strongly regularised model stays close to it.
     */
    entryQuantile: Fraction.default(0.4),
    /** Not above `entryQuantile`. */
    exitQuantile: Fraction.default(0.2),
    /** The model forecasts whether the close is higher after this many bars. */
    horizonBars: z.int().min(1).max(60).default(5),
    /** Strengths to choose from; the one with the smallest validation loss wins. */
    l2Candidates: z.array(z.number().positive()).min(1).max(50).default([0.001, 0.01, 0.1, 1]),
    /** Validation parts in time order, each judged by a model fitted on the rows before it. */
    validationFolds: z.int().min(1).max(10).default(3),
  })
  .refine((value) => value.exitQuantile <= value.entryQuantile, {
    path: ['exitQuantile'],
    error: 'must not be above entryQuantile',
  });
export type TrainSettings = z.infer<typeof TrainSettings>;
