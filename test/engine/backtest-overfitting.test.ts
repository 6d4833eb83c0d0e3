import { lcg } from '../../engine/random.ts';
import { backtestOverfitting } from '../../engine/statistics/backtest-overfitting.ts';
import { difference, golden } from '../support/golden.ts';
import { normal } from '../support/random-series.ts';

const { overfitting: GOLDEN } = golden('statistics') as {
  readonly overfitting: readonly {
    readonly matrix: string;
    readonly pbo: number;
    readonly count: number;
    readonly first: number;
    readonly last: number;
    readonly sum: number;
  }[];
};

/** Columns of a matrix whose rows were drawn one after the other. */
function noise(seed: number, rows: number, count: number): number[][] {
  const random = lcg(seed);
  const drawn = Array.from({ length: rows }, () =>
    Array.from({ length: count }, () => 0.01 * normal(random)),
  );
  return Array.from({ length: count }, (_, column) => drawn.map((row) => row[column] ?? 0));
}

function matrixNamed(name: string): number[][] {
  if (name === 'noise') {
    return noise(5, 320, 7);
  }
  if (name === 'skilled') {
    return noise(5, 320, 7).map((column, n) =>
      column.map((value) => value + (n === 3 ? 0.004 : 0)),
    );
  }
  const columns = noise(6, 48, 5);
  return [columns[0], columns[1], columns[1], columns[3], new Array<number>(48).fill(0)].map(
    (column) => column ?? [],
  );
}

describe('backtestOverfitting', () => {
  it.each(GOLDEN)('agrees with numpy and scipy on $matrix', (expected) => {
    const { pbo, logits } = backtestOverfitting(matrixNamed(expected.matrix));
    const sum = logits.reduce((total, logit) => total + logit, 0);

    expect(logits).toHaveLength(expected.count);
    expect(difference(pbo, expected.pbo)).toBeNull();
    expect(difference(logits[0] ?? null, expected.first)).toBeNull();
    expect(difference(logits.at(-1) ?? null, expected.last)).toBeNull();
    expect(difference(sum, expected.sum)).toBeNull();
  });

  it('tells skill from luck', () => {
    expect(backtestOverfitting(matrixNamed('skilled')).pbo).toBeLessThan(0.05);
    expect(backtestOverfitting(matrixNamed('noise')).pbo).toBeGreaterThan(0.3);
  });

  it('would notice the winner in sample being ranked in sample', () => {
    // Ranked where it won, the winner is always first of 7, so that no logit is <= 0.
    const { logits } = backtestOverfitting(matrixNamed('noise'));

    expect(logits.every((logit) => logit === Math.log(7))).toBe(false);
  });

  it('gives a half to a single column and to columns without trades', () => {
    const flat = new Array<number>(4).fill(0);

    expect(backtestOverfitting([[1, 2, 3, 4]], 2)).toEqual({
      pbo: 1,
      logits: Float64Array.of(0, 0),
    });
    expect([...backtestOverfitting([flat, flat, flat], 2).logits]).toEqual([0, 0]);
  });

  it('takes blocks of one row', () => {
    expect(
      backtestOverfitting(
        [
          [1, 2],
          [2, 1],
        ],
        2,
      ).logits.every(Number.isFinite),
    ).toBe(true);
  });

  it.each([
    [[], 2, 'columns must have one length, was none'],
    [[[1, 2], [1]], 2, 'columns must have one length, was 2, 1'],
    [[[1, 2, 3]], 2, 'rows must be a multiple of 2 blocks, was 3'],
    [[[1, 2]], 3, 'blocks must be an even number >= 2, was 3'],
    [[[1, Number.NaN]], 2, 'column 0 row 1 must be finite, was NaN'],
  ])('refuses %j in %p blocks', (columns, blocks, message) => {
    expect(() => backtestOverfitting(columns, blocks)).toThrow(message);
  });
});
