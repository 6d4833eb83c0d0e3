/**
 * Solves A x = b for a symmetric positive definite A by Cholesky's method.
 *
 * @param matrix A as rows; only its lower half is read.
 * @throws {RangeError} when A is not positive definite.
 * @see Golub & Van Loan, "Matrix Computations", 4th ed., section 4.2.
 */
export function solveSymmetric(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const lower = factorize(matrix);
  const size = right.length;
  const solution = Float64Array.from(right);
  for (let row = 0; row < size; row += 1) {
    let sum = cell(solution, row);
    for (let column = 0; column < row; column += 1) {
      sum -= cell(lower[row], column) * cell(solution, column);
    }
    solution[row] = sum / cell(lower[row], row);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let sum = cell(solution, row);
    for (let below = row + 1; below < size; below += 1) {
      sum -= cell(lower[below], row) * cell(solution, below);
    }
    solution[row] = sum / cell(lower[row], row);
  }
  return solution;
}

/** The lower triangular L with L Lᵀ = A. */
function factorize(matrix: readonly Float64Array[]): Float64Array[] {
  const lower: Float64Array[] = [];
  for (const [row, values] of matrix.entries()) {
    const current = new Float64Array(matrix.length);
    lower.push(current);
    for (let column = 0; column <= row; column += 1) {
      let sum = cell(values, column);
      for (let k = 0; k < column; k += 1) {
        sum -= cell(current, k) * cell(lower[column], k);
      }
      current[column] = row === column ? rootOf(sum) : sum / cell(lower[column], column);
    }
  }
  return lower;
}

function rootOf(pivot: number): number {
  if (!(pivot > 0)) {
    throw new RangeError(`the matrix must be positive definite, was with pivot ${String(pivot)}`);
  }
  return Math.sqrt(pivot);
}

/** An element that the loop bounds guarantee. */
function cell(values: Float64Array | undefined, index: number): number {
  return values?.[index] ?? Number.NaN;
}
