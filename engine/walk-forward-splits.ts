import { PreconditionError } from './precondition.ts';
import { around, purge, type LabelledRows, type PurgedSplit } from './purged-splits.ts';
import { contiguousFolds, type RowRange } from './splits.ts';

/**
 * Walk-forward splits: each test follows its training rows, and all tests are equally long, m =
 * floor(rows / (splits + 1)); the last one ends at the last row. Only earlier rows train, so an
 * embargo has no effect.
 *
 * @param splits how many, >= 1.
 * @param windowRows the last so many rows before the test are candidates, counted before purging;
 *   null for all of them.
 * @throws {PreconditionError} when there are too few rows, or a bound is broken.
 * @see scikit-learn, `TimeSeriesSplit`, whose test ranges these are.
 */
export function walkForwardSplits(
  rows: LabelledRows,
  splits: number,
  windowRows: number | null = null,
): PurgedSplit[] {
  const count = rows.horizon.length;
  const testRows = Math.floor(count / (splits + 1));
  if (!Number.isInteger(splits) || splits < 1 || testRows < 1) {
    throw new PreconditionError(
      `splits must be a whole number from 1 to ${String(count - 1)}, was ${String(splits)}`,
    );
  }
  if (windowRows !== null && !(Number.isInteger(windowRows) && windowRows >= 1)) {
    throw new PreconditionError(
      `windowRows must be a whole number >= 1, was ${String(windowRows)}`,
    );
  }
  return Array.from({ length: splits }, (_, split) => {
    const from = count - (splits - split) * testRows;
    const first = windowRows === null ? 0 : Math.max(0, from - windowRows);
    return purge(
      { candidates: [{ from: first, to: from }], testRuns: [{ from, to: from + testRows }] },
      rows,
    );
  });
}

/**
 * Combinatorial splits: the rows are cut into contiguous groups, and every choice of `testGroups` of
 * them is the test once, in lexicographic order. Every maximal run of adjacent test groups is purged
 * and embargoed on its own.
 *
 * @param groups the first rows mod groups of them are one row longer.
 * @param testGroups fewer than `groups`, >= 1.
 * @throws {PreconditionError} when a bound is broken.
 * @see M. López de Prado, "Advances in Financial Machine Learning", 2018, chapter 12.
 */
export function combinatorialSplits(
  rows: LabelledRows,
  groups: number,
  testGroups: number,
): PurgedSplit[] {
  if (!Number.isInteger(testGroups) || testGroups < 1 || testGroups >= groups) {
    throw new PreconditionError(
      `testGroups must be a whole number from 1 to ${String(groups - 1)}, was ${String(testGroups)}`,
    );
  }
  const count = rows.horizon.length;
  const parts = contiguousFolds({ from: 0, to: count }, groups);
  return choicesOf(parts, testGroups).map((chosen) => {
    const testRuns = joined(chosen);
    return purge({ candidates: around(testRuns, count), testRuns }, rows);
  });
}

/** Every choice of `count` items, in lexicographic order of their places. */
function choicesOf<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) {
    return [[]];
  }
  return items.flatMap((item, index) =>
    choicesOf(items.slice(index + 1), count - 1).map((rest) => [item, ...rest]),
  );
}

/** Joins ranges that touch; they are in ascending order. */
function joined(ranges: readonly RowRange[]): RowRange[] {
  const runs: RowRange[] = [];
  for (const range of ranges) {
    const last = runs.at(-1);
    if (last?.to === range.from) {
      runs[runs.length - 1] = { from: last.from, to: range.to };
    } else {
      runs.push(range);
    }
  }
  return runs;
}

/** Ascending rows as inclusive [first, last] ranges, as documents list them. */
export function inclusiveRanges(rows: ArrayLike<number>): [first: number, last: number][] {
  const ranges: [number, number][] = [];
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as number;
    const range = ranges.at(-1);
    if (range !== undefined && range[1] + 1 === row) {
      range[1] = row;
    } else {
      ranges.push([row, row]);
    }
  }
  return ranges;
}
