import { relativeStrength } from '../indicators.ts';
import { exponentialAverageStream, wilderAverageStream } from './average-streams.ts';
import type { IndicatorState, NumberStream } from './stream.ts';

/** Streaming form of `relativeStrengthIndex`. */
export function relativeStrengthStream(period: number): NumberStream {
  const gain = wilderAverageStream(period);
  const loss = wilderAverageStream(period);
  let previous: number | null = null;
  return {
    next: (value) => {
      const before = previous;
      previous = value;
      if (before === null) {
        return Number.NaN;
      }
      const change = value - before;
      const up = gain.next(change > 0 ? change : 0);
      const down = loss.next(change < 0 ? -change : 0);
      return Number.isNaN(up) ? up : relativeStrength(up, down);
    },
    snapshot: () => [gain.snapshot(), loss.snapshot(), ...(previous === null ? [] : [previous])],
    restore: ([up, down, before]) => {
      gain.restore(up as IndicatorState);
      loss.restore(down as IndicatorState);
      previous = (before as number | undefined) ?? null;
    },
  };
}

export type MacdLine = 'macd' | 'signal' | 'histogram';

export interface MacdSpans {
  readonly fast: number;
  readonly slow: number;
  readonly signal: number;
}

/** Streaming form of one line of `movingAverageConvergence`; the histogram is macd − signal. */
export function convergenceStream(spans: MacdSpans, line: MacdLine): NumberStream {
  const quick = exponentialAverageStream(spans.fast);
  const lazy = exponentialAverageStream(spans.slow);
  const average = exponentialAverageStream(spans.signal);
  return {
    next: (value) => {
      const macd = quick.next(value) - lazy.next(value);
      const signal = average.next(macd);
      return { macd, signal, histogram: macd - signal }[line];
    },
    snapshot: () => [quick.snapshot(), lazy.snapshot(), average.snapshot()],
    restore: ([first, second, third]) => {
      quick.restore(first as IndicatorState);
      lazy.restore(second as IndicatorState);
      average.restore(third as IndicatorState);
    },
  };
}
