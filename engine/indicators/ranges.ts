import { rollingMaximum, wilderAverage } from '../indicators.ts';
import { wilderAverageStream } from './average-streams.ts';
import {
  RecentValues,
  type BarStream,
  type IndicatorState,
  type NumberStream,
  type PriceColumns,
} from './stream.ts';

/**
 * True range: the greatest of high − low, |high − previous close| and |low − previous close|. The
 * first row has no previous close: there it is high − low.
 *
 * @see J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
 */
export function trueRange({ high, low, close }: PriceColumns): Float64Array {
  return high.map((top, t) =>
    rangeOf({ high: top, low: low[t] as number }, t === 0 ? null : (close[t - 1] as number)),
  );
}

function rangeOf(bar: { high: number; low: number }, previousClose: number | null): number {
  const range = bar.high - bar.low;
  return previousClose === null
    ? range
    : Math.max(range, Math.abs(bar.high - previousClose), Math.abs(bar.low - previousClose));
}

/**
 * Average true range after Wilder: the plain mean of the first n true ranges, then (previous × (n − 1)
 * + new) / n. First defined at row n − 1.
 *
 * @see J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
 */
export function averageTrueRange(columns: PriceColumns, period: number): Float64Array {
  return wilderAverage(trueRange(columns), period);
}

/** Smallest of the last `period` rows; first defined at row period − 1. */
export function rollingMinimum(values: Float64Array, period: number): Float64Array {
  const negated = values.map((value) => -value);
  return rollingMaximum(negated, period).map((value) => -value);
}

/** Streaming form of `trueRange`. */
export function trueRangeStream(): BarStream {
  let previous: number | null = null;
  return {
    next: (bar) => {
      const range = rangeOf(bar, previous);
      previous = bar.close;
      return range;
    },
    snapshot: () => (previous === null ? [] : [previous]),
    restore: ([before]) => {
      previous = (before as number | undefined) ?? null;
    },
  };
}

/** Streaming form of `averageTrueRange`. */
export function averageTrueRangeStream(period: number): BarStream {
  const range = trueRangeStream();
  const average = wilderAverageStream(period);
  return {
    next: (bar) => average.next(range.next(bar)),
    snapshot: () => [range.snapshot(), average.snapshot()],
    restore: ([first, second]) => {
      range.restore(first as IndicatorState);
      average.restore(second as IndicatorState);
    },
  };
}

/** Streaming form of `rollingMaximum`, or of `rollingMinimum` with `Math.min`. */
export function extremeStream(
  period: number,
  better: (left: number, right: number) => number,
): NumberStream {
  const recent = new RecentValues(period);
  return {
    next: (value) => {
      recent.push(value);
      if (!recent.isFull) {
        return Number.NaN;
      }
      let best = recent.at(0);
      for (let age = 1; age < period; age += 1) {
        best = better(best, recent.at(age));
      }
      return best;
    },
    snapshot: () => recent.snapshot(),
    restore: (state) => {
      recent.restore(state);
    },
  };
}
