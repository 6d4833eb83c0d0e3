import normal from '@stdlib/stats-base-dists-normal';

/** Distribution function of the standard normal: the chance of a value of at most `z`. */
export function normalProbability(z: number): number {
  return normal.cdf(z, 0, 1);
}

/**
 * Quantile of the standard normal, the inverse of `normalProbability`, to about 1e-10 for
 * probabilities from 1e-6 to 1 − 1e-6; digits are lost further out.
 *
 * @param probability in [0, 1].
 */
export function normalQuantile(probability: number): number {
  return normal.quantile(probability, 0, 1);
}
