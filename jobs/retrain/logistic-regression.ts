import { solveSymmetric } from './cholesky.ts';

/** Rows to fit on: `rows[i]` has one number a feature, `labels[i]` is 0 or 1. */
export interface Samples {
  readonly rows: readonly Float64Array[];
  readonly labels: readonly number[];
}

/** A fitted model over raw features: it standardises them itself. */
export interface FittedModel {
  readonly means: readonly number[];
  /** Standard deviations of the fit rows (divisor n); 1 for a feature that never varied. */
  readonly scales: readonly number[];
  readonly weights: readonly number[];
  readonly intercept: number;
}

const ITERATIONS_MAX = 100;
const GRADIENT_TOLERANCE = 1e-10;
const HALVINGS_MAX = 30;

/** Keeps the intercept finite when all labels are equal; too small to be seen otherwise. */
const INTERCEPT_L2 = 1e-6;

/**
 * L2-regularised logistic regression by Newton's method (iteratively reweighted least squares) in
 * float64: minimises mean log loss + l2 / 2 × |weights|², on standardised features. The loss is
 * convex, so the result does not depend on a start; a step that does not lower it is halved.
 *
 * @param l2 strength > 0, independent of the number of rows.
 * @throws {RangeError} when there are no rows.
 * @see Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning", section 4.4.1.
 */
export function fitLogistic({ rows, labels }: Samples, l2: number): FittedModel {
  const features = rows[0]?.length;
  if (features === undefined) {
    throw new RangeError('rows must hold at least one row, was empty');
  }
  const { means, scales } = momentsOf(rows, features);
  // The intercept is the last coefficient, over a column of ones.
  const design = rows.map((row) => {
    const standardized = row.map((value, k) => (value - at(means, k)) / at(scales, k));
    return Float64Array.of(...standardized, 1);
  });
  const penalties = new Float64Array(features + 1).fill(l2);
  penalties[features] = INTERCEPT_L2;
  const coefficients = minimize({ design, labels, penalties });
  return {
    means: [...means],
    scales: [...scales],
    weights: [...coefficients.subarray(0, features)],
    intercept: at(coefficients, features),
  };
}

/** Probability that the label is 1, for one row of raw features. */
export function probabilityOf(model: FittedModel, row: Float64Array): number {
  let logit = model.intercept;
  for (const [k, weight] of model.weights.entries()) {
    logit += ((at(row, k) - at(model.means, k)) / at(model.scales, k)) * weight;
  }
  return sigmoid(logit);
}

interface Problem {
  readonly design: readonly Float64Array[];
  readonly labels: readonly number[];
  readonly penalties: Float64Array;
}

function minimize(problem: Problem): Float64Array {
  let current = new Float64Array(problem.penalties.length);
  let loss = lossOf(problem, current);
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration += 1) {
    const { gradient, hessian } = derivativesOf(problem, current);
    if (gradient.every((value) => Math.abs(value) < GRADIENT_TOLERANCE)) {
      break;
    }
    const step = solveSymmetric(hessian, gradient);
    const next = lowerPoint(problem, { current, loss, step });
    if (next === null) {
      break;
    }
    ({ point: current, loss } = next);
  }
  return current;
}

/** The first of step, step / 2, step / 4, … that lowers the loss; null when none does. */
function lowerPoint(
  problem: Problem,
  { current, loss, step }: { current: Float64Array; loss: number; step: Float64Array },
): { point: Float64Array<ArrayBuffer>; loss: number } | null {
  let factor = 1;
  for (let halving = 0; halving < HALVINGS_MAX; halving += 1) {
    const point = Float64Array.from(current, (value, k) => value - factor * at(step, k));
    const reached = lossOf(problem, point);
    if (reached < loss) {
      return { point, loss: reached };
    }
    factor /= 2;
  }
  return null;
}

function lossOf({ design, labels, penalties }: Problem, point: Float64Array): number {
  let sum = 0;
  for (const [i, row] of design.entries()) {
    sum += logLossOf(dot(row, point), at(labels, i));
  }
  const penalty = point.reduce((total, value, k) => total + at(penalties, k) * value * value, 0);
  return sum / design.length + penalty / 2;
}

function derivativesOf(
  { design, labels, penalties }: Problem,
  point: Float64Array,
): { gradient: Float64Array; hessian: Float64Array[] } {
  const size = point.length;
  const gradient = point.map((value, k) => value * at(penalties, k));
  const hessian = Array.from({ length: size }, (_, k) => {
    const line = new Float64Array(size);
    line[k] = at(penalties, k);
    return line;
  });
  for (const [i, row] of design.entries()) {
    const probability = sigmoid(dot(row, point));
    const error = (probability - at(labels, i)) / design.length;
    const weight = (probability * (1 - probability)) / design.length;
    for (let k = 0; k < size; k += 1) {
      gradient[k] = at(gradient, k) + error * at(row, k);
      addScaled(hessian[k] as Float64Array, row, weight * at(row, k), k);
    }
  }
  return { gradient, hessian };
}

/** target[0..last] += factor × values[0..last]; only the lower half of the matrix is needed. */
function addScaled(target: Float64Array, values: Float64Array, factor: number, last: number): void {
  for (let column = 0; column <= last; column += 1) {
    target[column] = at(target, column) + factor * at(values, column);
  }
}

function momentsOf(
  rows: readonly Float64Array[],
  features: number,
): { means: Float64Array; scales: Float64Array } {
  const means = new Float64Array(features);
  const scales = new Float64Array(features);
  for (let k = 0; k < features; k += 1) {
    const mean = rows.reduce((sum, row) => sum + at(row, k), 0) / rows.length;
    const square = rows.reduce((sum, row) => sum + (at(row, k) - mean) ** 2, 0) / rows.length;
    means[k] = mean;
    // Below this the column is constant up to rounding, and dividing by it would blow up noise.
    scales[k] = Math.sqrt(square) > 1e-12 * Math.max(1, Math.abs(mean)) ? Math.sqrt(square) : 1;
  }
  return { means, scales };
}

function sigmoid(logit: number): number {
  return logit >= 0 ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit) / (1 + Math.exp(logit));
}

/** −ln of the probability given to the label, without overflow for large logits. */
function logLossOf(logit: number, label: number): number {
  const wrongWay = label === 1 ? -logit : logit;
  return Math.max(wrongWay, 0) + Math.log1p(Math.exp(-Math.abs(wrongWay)));
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < left.length; k += 1) {
    sum += at(left, k) * at(right, k);
  }
  return sum;
}

/** An element that the loop bounds guarantee. */
function at(values: ArrayLike<number>, index: number): number {
  return values[index] as number;
}
