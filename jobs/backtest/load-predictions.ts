import type { BarSeries } from '../../engine/bar-series.ts';
import type { BacktestRequest, SweepRequest } from '../../schemas/backtest.ts';
import type { BoundStrategy } from '../../strategies/strategy.ts';
import { BadInputError } from '../contract/job-error.ts';
import { predictBars } from '../host/predict-bars.ts';
import { readNamedFile } from './load-bars.ts';

/**
 * The model's output on every bar that is decided on; null for a strategy without a model.
 *
 * @throws {BadInputError} when a model is missing or given to a strategy that reads none.
 * @throws {ModelError} when it cannot be used.
 */
export async function loadPredictions(
  request: Pick<BacktestRequest | SweepRequest, 'strategyId' | 'modelFile' | 'inputDirectory'>,
  { featureSpec }: BoundStrategy,
  series: BarSeries,
  firstDecision: number,
): Promise<Float64Array | null> {
  const { strategyId, modelFile } = request;
  const wantsModel = featureSpec.names.length > 0;
  if (wantsModel && modelFile === null) {
    throw new BadInputError(
      `--model must name an ONNX file for ${strategyId}, was missing. Give the model of a release.`,
    );
  }
  if (!wantsModel && modelFile !== null) {
    throw new BadInputError(
      `--model must be left out for ${strategyId}, which reads no model, was ${modelFile}.`,
    );
  }
  if (modelFile === null) {
    return null;
  }
  return predictBars({
    series,
    span: { fromIndex: firstDecision, toIndex: series.length },
    featureNames: featureSpec.names,
    modelBytes: readNamedFile('--model', modelFile, request.inputDirectory),
  });
}
