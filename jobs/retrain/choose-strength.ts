import { contiguousFolds, type RowRange } from '../../engine/splits.ts';
import { judgeModel, type Judgment } from './judge-model.ts';
import { fitLogistic, type Samples } from './logistic-regression.ts';

export interface ChooseStrengthInput {
  /** All fit rows, oldest first. */
  readonly samples: Samples;
  readonly l2Candidates: readonly number[];
  readonly validationFolds: number;
  /** Rows between training and validation part, so that no label reaches into the latter. */
  readonly labelHorizonBars: number;
}

export interface ChosenStrength {
  readonly l2: number;
  /** Mean over the validation parts, at that strength. */
  readonly validation: Judgment;
}

/**
 * Chooses the regularisation by validation in time order: the rows are cut into folds + 1 parts;
 * each part but the first is judged by a model fitted on all rows before it, purged by the label
 * horizon. The smallest mean log loss wins; of equal ones the strongest regularisation.
 */
export function chooseStrength(input: ChooseStrengthInput): ChosenStrength {
  const strongestFirst = [...new Set(input.l2Candidates)].sort((left, right) => right - left);
  let best: ChosenStrength | null = null;
  for (const l2 of strongestFirst) {
    const validation = validate(input, l2);
    if (best === null || validation.logLoss < best.validation.logLoss) {
      best = { l2, validation };
    }
  }
  if (best === null) {
    throw new RangeError('l2Candidates must hold at least one strength, was empty');
  }
  return best;
}

function validate(input: ChooseStrengthInput, l2: number): Judgment {
  const { samples, validationFolds, labelHorizonBars } = input;
  const rows = { from: 0, to: samples.rows.length };
  const judged = contiguousFolds(rows, validationFolds + 1).slice(1);
  let accuracy = 0;
  let logLoss = 0;
  for (const part of judged) {
    const model = fitLogistic(slice(samples, { from: 0, to: part.from - labelHorizonBars }), l2);
    const judgment = judgeModel(model, slice(samples, part));
    accuracy += judgment.accuracy / judged.length;
    logLoss += judgment.logLoss / judged.length;
  }
  return { accuracy, logLoss };
}

function slice({ rows, labels }: Samples, { from, to }: RowRange): Samples {
  return { rows: rows.slice(from, to), labels: labels.slice(from, to) };
}
