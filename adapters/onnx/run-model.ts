import { InferenceSession, Tensor } from 'onnxruntime-node';
import { hasExternalData } from './external-data.ts';
import { INPUT_NAME, MODEL_BYTES_MAX, OUTPUT_NAME } from './model-contract.ts';
import { ModelError } from './model-error.ts';

/** A model that is ready to answer. Release it when done: it holds native memory. */
export interface Model {
  /**
   * One probability a row. `features` is [rows, f] in row-major order.
   *
   * @throws {ModelError} when an input or an answer is not finite.
   */
  readonly predict: (features: Float32Array) => Promise<Float64Array>;
  readonly release: () => Promise<void>;
}

/**
 * Rows that the model sees at once. Always this many: the rest is padded with zeros. Matrix kernels
 * may sum in another order for one row than for many, so a fixed shape is what makes a bar's
 * prediction the same in a replay of ten years and live.
 */
const BATCH_ROWS = 64;

/**
 * Loads a model from its bytes, one-threaded, so that sums have one order.
 *
 * @param featureCount columns of the feature spec that the model was made for.
 * @throws {ModelError} when the model is too big, keeps data outside its bytes, cannot be loaded, or
 *   has other inputs and outputs than `features` [n, f] and `probability` [n, 1], both float32.
 */
export async function loadModel(bytes: Uint8Array, featureCount: number): Promise<Model> {
  if (bytes.length > MODEL_BYTES_MAX) {
    throw new ModelError(
      `a model must be at most ${String(MODEL_BYTES_MAX)} bytes, was ${String(bytes.length)}`,
    );
  }
  if (hasExternalData(bytes)) {
    throw new ModelError('a model must be a single file: it names tensor data in another file');
  }
  const session = await createSession(bytes);
  checkShape('input', session.inputMetadata, INPUT_NAME, featureCount);
  checkShape('output', session.outputMetadata, OUTPUT_NAME, 1);
  return {
    predict: (features) => predict(session, features, featureCount),
    release: () => session.release(),
  };
}

async function createSession(bytes: Uint8Array): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // The graph runs as it was written: optimisers fuse operations differently on other CPUs.
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 3,
    });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ModelError(`the model cannot be loaded: ${cause}`, { cause: error });
  }
}

function checkShape(
  side: 'input' | 'output',
  values: readonly InferenceSession.ValueMetadata[],
  name: string,
  columns: number,
): void {
  const [value, ...more] = values;
  const isExpected =
    value?.isTensor === true &&
    more.length === 0 &&
    value.name === name &&
    value.type === 'float32' &&
    value.shape.length === 2 &&
    value.shape[1] === columns;
  if (!isExpected) {
    const found = values.map((each) =>
      each.isTensor ? `${each.name} ${each.type} [${each.shape.join(', ')}]` : each.name,
    );
    throw new ModelError(
      `the model's ${side} must be ${name} float32 [n, ${String(columns)}], was ${found.join(' and ')}`,
    );
  }
}

async function predict(
  session: InferenceSession,
  features: Float32Array,
  featureCount: number,
): Promise<Float64Array> {
  const rows = features.length / featureCount;
  if (!Number.isInteger(rows)) {
    throw new ModelError(
      `features must be whole rows of ${String(featureCount)}, was ${String(features.length)} numbers`,
    );
  }
  const wrong = features.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new ModelError(
      `features must be finite, row ${String(Math.floor(wrong / featureCount))} column ${String(wrong % featureCount)} was ${String(features[wrong])}`,
    );
  }
  const answers = new Float64Array(rows);
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const to = Math.min(rows, from + BATCH_ROWS);
    const batch = new Float32Array(BATCH_ROWS * featureCount);
    batch.set(features.subarray(from * featureCount, to * featureCount));
    const found = await runBatch(session, batch, featureCount);
    answers.set(found.subarray(0, to - from), from);
  }
  const bad = answers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new ModelError(`the model's answer to row ${String(bad)} was ${String(answers[bad])}`);
  }
  return answers;
}

async function runBatch(
  session: InferenceSession,
  batch: Float32Array,
  featureCount: number,
): Promise<Float32Array> {
  const input = new Tensor('float32', batch, [BATCH_ROWS, featureCount]);
  const output = (await session.run({ [INPUT_NAME]: input }))[OUTPUT_NAME];
  // Asked of the tensor, not of the array: an array may come from another realm.
  if (output?.type !== 'float32' || output.data.length !== BATCH_ROWS) {
    throw new ModelError(`the model must answer ${String(BATCH_ROWS)} float32 numbers`);
  }
  return output.data as Float32Array;
}
