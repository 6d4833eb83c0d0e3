import { PreconditionError } from './precondition.ts';
import { contiguousFolds, type RowRange } from './splits.ts';

/** What a label looks at: row i's label reads the closed interval [i, i + horizon[i]] of rows. */
export interface LabelledRows {
  /** Rows that each label looks ahead, whole numbers >= 0; its length is the number of rows. */
  readonly horizon: ArrayLike<number>;
  /** Rows after a test label's end that no training row may lie in, >= 0; 0 unless named. */
  readonly embargoRows?: number;
  /**
   * Whether an interval holds its last row. `closed` (unless named): touching in one row is an
   * overlap. `halfOpen`: a training label may end exactly where a test row begins, as in snippet 7.3.
   */
  readonly labels?: 'closed' | 'halfOpen';
}

/** Rows of one split, ascending. */
export interface PurgedSplit {
  readonly train: Int32Array;
  readonly test: Int32Array;
  /** Candidates for training that were dropped because their label overlaps a test label. */
  readonly purged: number;
  /** Candidates that were dropped for the embargo alone; purging comes first. */
  readonly embargoed: number;
}

/** Training candidates and the contiguous runs of test rows, before purging. */
export interface SplitPlan {
  readonly candidates: readonly RowRange[];
  readonly testRuns: readonly RowRange[];
}

/**
 * Drops from a plan's candidates what knows too much about its test rows. Each run of test rows is
 * purged and embargoed on its own:
 *
 * - purged: candidates whose label interval overlaps the label interval of any test row of the run,
 *   on both sides of it;
 * - embargoed: candidates i with end < i <= end + embargoRows, where end is the last row that any
 *   test label of the run reads.
 *
 * @throws {PreconditionError} when a horizon, the embargo or a range breaks its bounds.
 * @see M. López de Prado, "Advances in Financial Machine Learning", 2018, snippets 7.1 and 7.2.
 */
export function purge(plan: SplitPlan, rows: LabelledRows): PurgedSplit {
  checkRows(rows);
  for (const range of [...plan.candidates, ...plan.testRuns]) {
    checkRange(range, rows.horizon.length);
  }
  const runs = plan.testRuns.map((run) => reachOf(run, rows));
  const train: number[] = [];
  let purged = 0;
  let embargoed = 0;
  for (const row of rowsOf(plan.candidates)) {
    const end = row + (rows.horizon[row] as number);
    if (runs.some((run) => run.overlaps(row, end))) {
      purged += 1;
    } else if (runs.some((run) => run.embargoes(row))) {
      embargoed += 1;
    } else {
      train.push(row);
    }
  }
  const test = Int32Array.from(rowsOf(plan.testRuns));
  return { train: Int32Array.from(train), test, purged, embargoed };
}

/** What the labels of one run of test rows read. */
interface Reach {
  readonly overlaps: (start: number, end: number) => boolean;
  readonly embargoes: (row: number) => boolean;
}

function reachOf({ from, to }: RowRange, rows: LabelledRows): Reach {
  const { horizon, embargoRows = 0, labels = 'closed' } = rows;
  let last = from;
  for (let row = from; row < to; row += 1) {
    last = Math.max(last, row + (horizon[row] as number));
  }
  // The rows of a run follow one another, so their intervals together are [from, last] without a gap
  // as long as they hold their last row, or every horizon is at least 1.
  const overlaps =
    labels === 'closed'
      ? (start: number, end: number) => start <= last && from <= end
      : (start: number, end: number) => start < last && from < end;
  return { overlaps, embargoes: (row) => row > last && row <= last + embargoRows };
}

/** Rows of ranges that do not overlap, ascending. */
function rowsOf(ranges: readonly RowRange[]): number[] {
  return ranges
    .flatMap(({ from, to }) => Array.from({ length: to - from }, (_, offset) => from + offset))
    .sort((left, right) => left - right);
}

function checkRows({ horizon, embargoRows = 0, labels }: LabelledRows): void {
  if (!Number.isInteger(embargoRows) || embargoRows < 0) {
    throw new PreconditionError(
      `embargoRows must be a whole number >= 0, was ${String(embargoRows)}`,
    );
  }
  const least = labels === 'halfOpen' ? 1 : 0;
  for (let row = 0; row < horizon.length; row += 1) {
    const bars = horizon[row] as number;
    if (!Number.isInteger(bars) || bars < least) {
      throw new PreconditionError(
        `horizon[${String(row)}] must be a whole number >= ${String(least)}, was ${String(bars)}`,
      );
    }
  }
}

function checkRange({ from, to }: RowRange, rows: number): void {
  const isWhole = Number.isInteger(from) && Number.isInteger(to);
  if (!isWhole || from < 0 || from > to || to > rows) {
    throw new PreconditionError(
      `rows must lie within 0 and ${String(rows)}, was [${String(from)}, ${String(to)})`,
    );
  }
}

/**
 * K contiguous folds in time order, no shuffling; the first rows mod k folds are one row longer. Each
 * is the test once, all other rows are candidates for training.
 *
 * @throws {PreconditionError} when there are fewer than two folds, or more folds than rows.
 */
export function purgedFolds(rows: LabelledRows, folds: number): PurgedSplit[] {
  checkRows(rows);
  if (folds < 2) {
    throw new PreconditionError(`folds must be >= 2, was ${String(folds)}`);
  }
  const whole = { from: 0, to: rows.horizon.length };
  return contiguousFolds(whole, folds).map((test) =>
    purge({ candidates: around([test], whole.to), testRuns: [test] }, rows),
  );
}

/** All rows but those of some ranges in ascending order. */
export function around(ranges: readonly RowRange[], rows: number): RowRange[] {
  const rest: RowRange[] = [];
  let from = 0;
  for (const range of ranges) {
    rest.push({ from, to: range.from });
    from = range.to;
  }
  rest.push({ from, to: rows });
  return rest.filter((range) => range.to > range.from);
}
