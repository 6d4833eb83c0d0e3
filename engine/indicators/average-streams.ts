import { RecentValues, type NumberStream } from './stream.ts';

/** Streaming form of `simpleAverage`. */
export function simpleAverageStream(period: number): NumberStream {
  const recent = new RecentValues(period);
  return {
    next: (value) => {
      recent.push(value);
      return recent.isFull ? recent.sum((each) => each) / period : Number.NaN;
    },
    snapshot: () => recent.snapshot(),
    restore: (state) => {
      recent.restore(state);
    },
  };
}

/** Streaming form of `exponentialAverage`. */
export function exponentialAverageStream(span: number): NumberStream {
  const alpha = 2 / (span + 1);
  let average: number | null = null;
  return {
    next: (value) => {
      average = average === null ? value : alpha * value + (1 - alpha) * average;
      return average;
    },
    snapshot: () => (average === null ? [] : [average]),
    restore: ([before]) => {
      average = (before as number | undefined) ?? null;
    },
  };
}

/** Streaming form of `wilderAverage`. */
export function wilderAverageStream(period: number): NumberStream {
  let seen = 0;
  let average = 0;
  return {
    next: (value) => {
      seen += 1;
      if (seen > period) {
        average = (average * (period - 1) + value) / period;
        return average;
      }
      average += value;
      if (seen < period) {
        return Number.NaN;
      }
      average /= period;
      return average;
    },
    snapshot: () => [seen, average],
    restore: ([count, before]) => {
      seen = count as number;
      average = before as number;
    },
  };
}

/** Streaming form of `adjustedAverage`. */
export function adjustedAverageStream(span: number): NumberStream {
  const decay = 1 - 2 / (span + 1);
  let weighted = 0;
  let weights = 0;
  return {
    next: (value) => {
      weighted = weighted * decay + value;
      weights = weights * decay + 1;
      return weighted / weights;
    },
    snapshot: () => [weighted, weights],
    restore: (state) => {
      [weighted, weights] = state as [number, number];
    },
  };
}

/** Streaming form of `simpleReturns`. */
export function simpleReturnStream(bars: number): NumberStream {
  const recent = new RecentValues(bars + 1);
  return {
    next: (value) => {
      recent.push(value);
      return recent.isFull ? value / recent.at(0) - 1 : Number.NaN;
    },
    snapshot: () => recent.snapshot(),
    restore: (state) => {
      recent.restore(state);
    },
  };
}
