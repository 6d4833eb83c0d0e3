import { writeLogisticModel } from '../../adapters/onnx/write-model.ts';
import { barSeries } from '../../engine/bar-series.ts';
import { readBars } from '../../engine/bars-file.ts';
import { featureColumns } from '../../engine/features.ts';
import type { RowRange } from '../../engine/splits.ts';
import type { Bar } from '../../schemas/bar.ts';
import { counted } from '../../schemas/counted.ts';
import { BARS_FILE } from '../../schemas/jobs/collect.ts';
import { MODEL_FILE, type RetrainInput, type RetrainResult } from '../../schemas/jobs/retrain.ts';
import type { SourceHashes } from '../../schemas/source-hashes.ts';
import { TrainSettings } from '../../strategies/train-settings.ts';
import { strategyById } from '../../strategies/registry.ts';
import { parseSettings } from '../../strategies/settings-error.ts';
import { BadInputError } from '../contract/job-error.ts';
import type { JobContext, ProgramFacts } from '../contract/job.ts';
import { originOf } from '../host/source-hashes.ts';
import { chooseStrength, type ChosenStrength } from './choose-strength.ts';
import { judgeModel } from './judge-model.ts';
import {
  fitLogistic,
  probabilityOf,
  type FittedModel,
  type Samples,
} from './logistic-regression.ts';
import { describeRows, trainingSpan } from './training-span.ts';

const JOB = 'retrain/train';

/** A challenger whose model is not yet written to a file. */
export interface TrainedModel {
  readonly model: Uint8Array;
  readonly result: Omit<RetrainResult, 'modelSha256'>;
}

/** Fits a strategy's model on the fit span and proposes it. */
export async function run(
  context: JobContext<typeof JOB>,
  program: ProgramFacts,
): Promise<RetrainResult> {
  const bars = readBars(context.readText(BARS_FILE));
  const { model, result } = trainModel(context.input, bars, program.sourceHashes());
  const modelSha256 = await context.writeFile(MODEL_FILE, model);
  context.log(
    `fitted ${counted(result.trials, 'model')} on ${counted(result.fit.bars, 'bar')}; kept ${JSON.stringify(result.parameters)}`,
  );
  return { ...result, modelSha256 };
}

/**
 * The training itself: a pure function of its arguments. The loss is convex, so there is nothing
 * to draw and the seed changes nothing.
 *
 * @throws {SettingsError} when the strategy or a trainer setting is unknown or out of range.
 * @throws {BadInputError} when the strategy has no model, or too few bars are left.
 */
export function trainModel(
  input: RetrainInput,
  bars: readonly Bar[],
  hashes: SourceHashes,
): TrainedModel {
  const settings = settingsOf(input);
  const { horizonBars, l2Candidates, validationFolds } = settings;
  const strategy = strategyById(input.strategyId);
  const draft = strategy.bind(strategy.defaultParameters);
  const { fit, holdout } = trainingSpan(bars, input, {
    labelHorizonBars: horizonBars,
    firstDecision: Math.max(draft.warmUpBars, draft.featureSpec.warmUpBars),
  });
  // The last fit row's label needs the bar a horizon later, which lies before the held-out bars.
  const known = bars.slice(0, fit.to + horizonBars);
  const { names } = draft.featureSpec;
  const samples = samplesOf(known, fit, { names, horizonBars });
  const chosen = chooseStrength({
    samples,
    l2Candidates,
    validationFolds,
    labelHorizonBars: horizonBars,
  });
  const model = fitLogistic(samples, chosen.l2);
  const levels = levelsOf(model, samples, settings);
  const bound = strategy.bind({ ...levels, horizonBars, l2: chosen.l2 });
  return {
    model: writeLogisticModel(model),
    result: {
      parameters: bound.parameters,
      featureSpec: bound.featureSpec,
      labelHorizonBars: horizonBars,
      trials: new Set(l2Candidates).size,
      fit: describeRows(bars, fit),
      holdout: describeRows(bars, holdout),
      evidence: evidenceOf(model, samples, chosen),
      ...originOf(hashes, strategy.id, JOB),
    },
  };
}

function settingsOf({ strategyId, trainer }: RetrainInput): TrainSettings {
  const strategy = strategyById(strategyId);
  if (strategy.trainerJob !== JOB) {
    throw new BadInputError(
      `strategyId must be a strategy that ${JOB} can train, was ${strategyId}. Its trainer is ${strategy.trainerJob}.`,
    );
  }
  return parseSettings<TrainSettings>(TrainSettings, trainer, `trainer settings of ${strategyId}`);
}

/** Features of the fit rows and whether the close was higher a horizon later. */
function samplesOf(
  bars: readonly Bar[],
  fit: RowRange,
  { names, horizonBars }: { names: readonly string[]; horizonBars: number },
): Samples {
  const series = barSeries(bars);
  const columns = featureColumns(series, names);
  const rows: Float64Array[] = [];
  const labels: number[] = [];
  for (let index = fit.from; index < fit.to; index += 1) {
    rows.push(Float64Array.from(columns, (column) => column[index] as number));
    const later = series.close[index + horizonBars] as number;
    labels.push(later > (series.close[index] as number) ? 1 : 0);
  }
  return { rows, labels };
}

/** Entry and exit probability, rounded to what people can read. */
function levelsOf(
  model: FittedModel,
  { rows }: Samples,
  { entryQuantile, exitQuantile }: TrainSettings,
): { entry: number; exit: number } {
  const sorted = Float64Array.from(rows, (row) => probabilityOf(model, row)).sort();
  const level = (quantile: number) => {
    const probability = sorted[Math.floor(quantile * (sorted.length - 1))] as number;
    return Math.round(probability * 10_000) / 10_000;
  };
  return { entry: level(entryQuantile), exit: level(exitQuantile) };
}

function evidenceOf(
  model: FittedModel,
  samples: Samples,
  { l2, validation }: ChosenStrength,
): RetrainResult['evidence'] {
  const fitted = judgeModel(model, samples);
  const rises = samples.labels.reduce((sum, label) => sum + label, 0);
  return {
    'Share of rises (base rate)': rises / samples.labels.length,
    'Accuracy, fit': fitted.accuracy,
    'Accuracy, validation': validation.accuracy,
    'Log loss, fit': fitted.logLoss,
    'Log loss, validation': validation.logLoss,
    'Regularization (l2)': l2,
    'Inputs of the model': model.weights.length,
  };
}
