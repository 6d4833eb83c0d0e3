import { holdoutSplit, type RowRange } from '../../engine/splits.ts';
import type { Bar } from '../../schemas/bar.ts';
import { counted } from '../../schemas/counted.ts';
import type { RetrainInput, RetrainResult } from '../../schemas/jobs/retrain.ts';
import { BadInputError } from '../contract/job-error.ts';
import { spanOf } from '../host/span.ts';

/** Which bars a trainer may use, as indices into all bars of the job. */
export interface TrainingSpan {
  /** Bars whose label and whose own values lie before the held-out ones. */
  readonly fit: RowRange;
  readonly holdout: RowRange;
}

/** Fewer bars than this give parameters that are noise. */
const FIT_BARS_MIN = 100;

/**
 * Splits the bars of the training window. Bars before the window serve as warm-up only; bars after
 * it are not looked at.
 *
 * @param firstDecision first bar on which everything is defined; fit bars before it do not count.
 * @throws {BadInputError} when too few bars would be left to fit on.
 */
export function trainingSpan(
  bars: readonly Bar[],
  input: Pick<RetrainInput, 'trainWindow' | 'holdoutBars'>,
  { labelHorizonBars, firstDecision }: { labelHorizonBars: number; firstDecision: number },
): TrainingSpan {
  const { trainWindow, holdoutBars } = input;
  const span = spanOf(
    bars.map((bar) => bar.time),
    trainWindow,
  );
  const rows = span.toIndex - span.fromIndex;
  const from = Math.max(span.fromIndex, firstDecision);
  const usable = span.toIndex - holdoutBars - labelHorizonBars - from;
  if (usable < FIT_BARS_MIN) {
    throw new BadInputError(
      `trainWindow must leave at least ${String(FIT_BARS_MIN)} bars to fit on, was ${String(Math.max(0, usable))}: ` +
        `[${trainWindow.from}, ${trainWindow.to}) holds ${counted(rows, 'bar')}, of which ${verb(holdoutBars)} held out, ` +
        `${verb(labelHorizonBars)} the label horizon and ${verb(from - span.fromIndex)} warm-up. ` +
        'Choose a longer window, or collect older bars.',
    );
  }
  const split = holdoutSplit(rows, holdoutBars, labelHorizonBars);
  return {
    fit: { from, to: span.fromIndex + split.fitEnd },
    holdout: { from: span.fromIndex + split.holdoutStart, to: span.toIndex },
  };
}

/** A span of bars as results carry it: first and last open time and the number of bars. */
export function describeRows(bars: readonly Bar[], rows: RowRange): RetrainResult['fit'] {
  const first = bars[rows.from];
  const last = bars[rows.to - 1];
  if (!first || !last) {
    throw new BadInputError(`rows must lie within the bars, was ${JSON.stringify(rows)}`);
  }
  return { from: first.time, last: last.time, bars: rows.to - rows.from };
}

function verb(count: number): string {
  return `${String(count)} ${count === 1 ? 'is' : 'are'}`;
}
