import { PreconditionError } from './precondition.ts';
import type { RandomSource } from './random.ts';

/**
 * Row numbers of one resample of the stationary bootstrap. Blocks have geometric lengths with mean
 * `blockBars` and wrap around the end. For each row, in this order: a = integer(n), then
 * u = uniform(), both always drawn; the row is a when it is the first or u < 1 / blockBars, else
 * the one after its predecessor.
 *
 * @see D. Politis, J. Romano, "The Stationary Bootstrap", JASA 89(428), 1994.
 */
export function stationaryBootstrapIndices(
  rows: number,
  blockBars: number,
  random: RandomSource,
): Int32Array {
  if (!Number.isInteger(rows) || rows < 1 || !(blockBars >= 1)) {
    throw new PreconditionError(
      `rows and blockBars must be >= 1, was ${String(rows)} and ${String(blockBars)}`,
    );
  }
  const restart = 1 / blockBars;
  const indices = new Int32Array(rows);
  let previous = 0;
  for (let t = 0; t < rows; t += 1) {
    const fresh = random.integer(rows);
    const uniform = random.uniform();
    previous = t === 0 || uniform < restart ? fresh : (previous + 1) % rows;
    indices[t] = previous;
  }
  return indices;
}

export interface BootstrapOptions {
  /** Number of resamples, >= 1; they follow one another on one generator. */
  readonly resamples: number;
  /** Mean block length, in rows. */
  readonly blockBars: number;
  readonly random: RandomSource;
}

/**
 * Mean of each resample of the stationary bootstrap, in the order in which they were drawn.
 *
 * @param values one figure per bar, oldest first; length >= 1.
 */
export function bootstrapMeans(values: Float64Array, options: BootstrapOptions): Float64Array {
  const means = new Float64Array(options.resamples);
  for (let resample = 0; resample < options.resamples; resample += 1) {
    const indices = stationaryBootstrapIndices(values.length, options.blockBars, options.random);
    let sum = 0;
    for (const index of indices) {
      sum += values[index] as number;
    }
    means[resample] = sum / values.length;
  }
  return means;
}

/** Share of resamples whose mean is > 0: the confidence that the true mean is. */
export function shareAboveZero(means: Float64Array): number {
  if (means.length === 0) {
    throw new PreconditionError('means must hold at least one resample, was empty');
  }
  return means.reduce((count, mean) => count + (mean > 0 ? 1 : 0), 0) / means.length;
}

/**
 * Bootstrap p-value of the hypothesis that the true mean is at most 0: (1 + #{b: mean of resample b −
 * mean >= mean}) / (B + 1). The resamples are centered on the sample's own mean, so that they show
 * what a series without any mean would.
 *
 * @param values one figure per bar, oldest first; length >= 1.
 * @returns a probability in [1 / (B + 1), 1].
 * @throws {PreconditionError} when there are no values or no resamples.
 * @see D. Politis, J. Romano, "The Stationary Bootstrap", JASA 89(428), 1994; A. Davison,
 *   D. Hinkley, "Bootstrap Methods and their Application", 1997, eq. 4.11, for the added ones.
 */
export function bootstrapPValue(values: Float64Array, options: BootstrapOptions): number {
  if (!Number.isInteger(options.resamples) || options.resamples < 1) {
    throw new PreconditionError(
      `resamples must be a whole number >= 1, was ${String(options.resamples)}`,
    );
  }
  const means = bootstrapMeans(values, options);
  let total = 0;
  for (const value of values) {
    total += value;
  }
  const mean = total / values.length;
  const extreme = means.reduce((count, each) => count + (each - mean >= mean ? 1 : 0), 0);
  return (1 + extreme) / (options.resamples + 1);
}
