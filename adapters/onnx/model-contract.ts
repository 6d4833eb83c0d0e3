/** Names and limits that the writer and the runner of models agree on. */

/** Input of every model: standardised by the model itself, [n, f] float32. */
export const INPUT_NAME = 'features';

/** Output of every model: probability of a rise, [n, 1] float32. */
export const OUTPUT_NAME = 'probability';

/** A model travels in one database row and is loaded from memory. */
export const MODEL_BYTES_MAX = 16 * 1024 * 1024;

/** A logistic model over standardised features. All arrays have one entry a feature. */
export interface LogisticModel {
  readonly means: readonly number[];
  /** Standard deviations, > 0. */
  readonly scales: readonly number[];
  readonly weights: readonly number[];
  readonly intercept: number;
}
