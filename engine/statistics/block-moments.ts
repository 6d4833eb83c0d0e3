/** Mean and spread of each of some contiguous blocks of one column. */
export interface BlockMoments {
  /** Rows in each block. */
  readonly rows: number;
  readonly mean: Float64Array;
  /** Sum of squared distances from the block's own mean. */
  readonly squares: Float64Array;
  /** Deviations up to this one are rounding: 1e-12 of the largest absolute value. */
  readonly roundingLimit: number;
}

/**
 * Moments of contiguous blocks. Any union of blocks has its mean and deviation in them without
 * another pass over the rows, and without the cancellation of a sum of squares.
 *
 * @param blocks divides the number of values.
 * @see T. Chan, G. Golub & R. LeVeque, "Algorithms for Computing the Sample Variance", The American
 *   Statistician 37(3), 1983.
 */
export function blockMomentsOf(values: readonly number[], blocks: number): BlockMoments {
  const rows = values.length / blocks;
  const mean = new Float64Array(blocks);
  const squares = new Float64Array(blocks);
  for (let block = 0; block < blocks; block += 1) {
    const part = values.slice(block * rows, (block + 1) * rows);
    const center = part.reduce((total, value) => total + value, 0) / rows;
    mean[block] = center;
    squares[block] = part.reduce((total, value) => total + (value - center) ** 2, 0);
  }
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-300);
  return { rows, mean, squares, roundingLimit: 1e-12 * largest };
}
