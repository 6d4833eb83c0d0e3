import { isConstant, mean } from './returns.ts';

/**
 * Skewness m3 / m2^1.5 of the population moments (divisor T): 0 for a symmetric distribution,
 * below 0 when large losses are more frequent than large gains.
 *
 * @returns null without values and for constant ones, whose shape is undefined.
 * @see D. Joanes & C. Gill, "Comparing measures of sample skewness and kurtosis", Journal of the
 *   Royal Statistical Society D 47(1), 1998: g1.
 */
export function skewnessOf(values: readonly number[]): number | null {
  return standardizedMoment(values, 3);
}

/**
 * Kurtosis m4 / m2² of the population moments (divisor T): 3 for a normal distribution. It is not
 * the excess over 3.
 *
 * @returns null without values and for constant ones, whose shape is undefined.
 * @see D. Joanes & C. Gill, 1998: g2 + 3.
 */
export function kurtosisOf(values: readonly number[]): number | null {
  return standardizedMoment(values, 4);
}

function standardizedMoment(values: readonly number[], order: number): number | null {
  if (values.length === 0 || isConstant(values)) {
    return null;
  }
  const center = mean(values);
  // Scaled to deviations of about 1, so that no power of them overflows or vanishes.
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value - center)), 0);
  const scaled = values.map((value) => (value - center) / scale);
  const second = mean(scaled.map((value) => value ** 2));
  return mean(scaled.map((value) => value ** order)) / second ** (order / 2);
}
