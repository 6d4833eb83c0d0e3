import { probabilityOf, type FittedModel, type Samples } from './logistic-regression.ts';

/** How well a model's probabilities fit some labels. */
export interface Judgment {
  /** Share of rows on which the likelier side came true; 0.5 counts as a forecast of a fall. */
  readonly accuracy: number;
  /** Mean of −ln of the probability given to what came true; ln 2 = 0.693 for always 0.5. */
  readonly logLoss: number;
}

/** Probabilities are kept this far from 0 and 1, so that one sure mistake is not an infinite loss. */
const EDGE = 1e-12;

/** @param samples at least one row. */
export function judgeModel(model: FittedModel, { rows, labels }: Samples): Judgment {
  let hits = 0;
  let loss = 0;
  for (const [i, row] of rows.entries()) {
    const probability = Math.min(1 - EDGE, Math.max(EDGE, probabilityOf(model, row)));
    const cameTrue = labels[i] === 1;
    hits += probability > 0.5 === cameTrue ? 1 : 0;
    loss -= Math.log(cameTrue ? probability : 1 - probability);
  }
  return { accuracy: hits / rows.length, logLoss: loss / rows.length };
}
