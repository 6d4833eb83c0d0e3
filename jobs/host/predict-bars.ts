import type { BarSeries } from '../../engine/bar-series.ts';
import { featureColumns } from '../../engine/features.ts';
import type { IndexSpan } from '../../engine/walk.ts';

export interface PredictBarsInput {
  readonly series: BarSeries;
  /** Bars that need a prediction; every feature is defined on them. */
  readonly span: IndexSpan;
  readonly featureNames: readonly string[];
  readonly modelBytes: Uint8Array;
}

/**
 * The model's output on some bars, computed in batches.
 *
 * @returns one number a bar of the whole series, NaN outside the span.
 * @throws {ModelError} when the model cannot be used or answers with something other than numbers.
 */
export async function predictBars(input: PredictBarsInput): Promise<Float64Array> {
  const { series, span, featureNames, modelBytes } = input;
  const predictions = new Float64Array(series.length).fill(Number.NaN);
  if (span.fromIndex >= span.toIndex) {
    return predictions;
  }
  const rows = featureRows(series, featureNames, span);
  // Loaded on demand: strategies without a model start faster.
  const { loadModel } = await import('../../adapters/onnx/run-model.ts');
  const model = await loadModel(modelBytes, featureNames.length);
  try {
    predictions.set(await model.predict(rows), span.fromIndex);
  } finally {
    await model.release();
  }
  return predictions;
}

/** Features of the bars of a span as rows [n, f], rounded to the float32 that models take. */
function featureRows(
  series: BarSeries,
  names: readonly string[],
  { fromIndex, toIndex }: IndexSpan,
): Float32Array {
  const columns = featureColumns(series, names);
  const rows = new Float32Array((toIndex - fromIndex) * names.length);
  let at = 0;
  for (let index = fromIndex; index < toIndex; index += 1) {
    for (const column of columns) {
      rows[at] = column[index] as number;
      at += 1;
    }
  }
  return rows;
}
