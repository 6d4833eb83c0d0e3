import { PreconditionError } from './precondition.ts';

export interface HoldoutSplit {
  /** Rows [0, fitEnd) may be used by search and fit. */
  readonly fitEnd: number;
  /** Rows [holdoutStart, rows) are held out from both. */
  readonly holdoutStart: number;
}

/**
 * Splits rows in time order into a part to fit on and the last `holdoutBars` rows, purged: the
 * label of row t looks `labelHorizonBars` rows ahead, so a fit row needs
 * t + labelHorizonBars < holdoutStart.
 *
 * @throws {PreconditionError} when nothing would be left to fit on.
 * @see M. López de Prado, "Advances in Financial Machine Learning", 2018, chapter 7.
 */
export function holdoutSplit(
  rows: number,
  holdoutBars: number,
  labelHorizonBars: number,
): HoldoutSplit {
  const holdoutStart = rows - holdoutBars;
  const fitEnd = holdoutStart - labelHorizonBars;
  if (holdoutBars < 1 || labelHorizonBars < 0 || fitEnd < 1) {
    throw new PreconditionError(
      `rows must be more than ${String(holdoutBars)} held-out bars and a label horizon of ` +
        `${String(labelHorizonBars)}, was ${String(rows)}`,
    );
  }
  return { fitEnd, holdoutStart };
}

/** Rows [from, to). */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Cuts rows [from, to) into `count` contiguous parts of nearly the same length; the first
 * (to − from) mod count parts are one row longer, as in numpy.array_split.
 */
export function contiguousFolds(rows: RowRange, count: number): RowRange[] {
  const length = rows.to - rows.from;
  if (!Number.isInteger(count) || count < 1 || length < count) {
    throw new PreconditionError(
      `count must be a whole number from 1 to ${String(length)} rows, was ${String(count)}`,
    );
  }
  const base = Math.floor(length / count);
  const longer = length % count;
  const folds: RowRange[] = [];
  let from = rows.from;
  for (let fold = 0; fold < count; fold += 1) {
    const to = from + base + (fold < longer ? 1 : 0);
    folds.push({ from, to });
    from = to;
  }
  return folds;
}
