import {
  adjustedAverage,
  checkPeriod,
  exponentialAverage,
  movingAverageConvergence,
  relativeStrengthIndex,
  rollingMaximum,
  rollingVolatility,
  simpleAverage,
  simpleReturns,
  wilderAverage,
} from '../indicators.ts';
import {
  adjustedAverageStream,
  exponentialAverageStream,
  simpleAverageStream,
  simpleReturnStream,
  wilderAverageStream,
} from './average-streams.ts';
import {
  bollingerBand,
  bollingerStream,
  rollingDeviation,
  rollingDeviationStream,
  volatilityStream,
  zScore,
  zScoreStream,
} from './deviations.ts';
import { convergenceStream, relativeStrengthStream, type MacdSpans } from './momentum-streams.ts';
import {
  averageTrueRange,
  averageTrueRangeStream,
  extremeStream,
  rollingMinimum,
  trueRange,
  trueRangeStream,
} from './ranges.ts';
import { numberColumns, numbersOf } from './numbers.ts';
import { ofCloses, type BarStream, type NumberStream, type PriceColumns } from './stream.ts';

/**
 * One indicator in its two forms, which agree bit for bit: over whole columns, and bar by bar. Both
 * have the same options.
 */
export interface Indicator {
  readonly name: string;
  /** First row with a value. */
  readonly warmUpBars: number;
  readonly overSeries: (columns: PriceColumns) => Float64Array;
  readonly stream: () => BarStream;
}

/** An indicator that looks at the last `period` bars. */
function windowedBars(
  name: string,
  overSeries: (columns: PriceColumns, period: number) => Float64Array,
  stream: (period: number) => BarStream,
): (period: number) => Indicator {
  return (period) => {
    checkPeriod('period', period);
    return {
      name: `${name}(${String(period)})`,
      warmUpBars: period - 1,
      overSeries: (columns) => overSeries(columns, period),
      stream: () => stream(period),
    };
  };
}

/** The same for one that looks at closes alone. */
function windowed(
  name: string,
  overSeries: (close: Float64Array, period: number) => Float64Array,
  stream: (period: number) => NumberStream,
): (period: number) => Indicator {
  return windowedBars(
    name,
    ({ close }, period) => overSeries(numbersOf('close', close), period),
    (period) => ofCloses(stream(period)),
  );
}

/** The same, which also needs the row before its window. */
function afterWindow(...rest: Parameters<typeof windowed>): (period: number) => Indicator {
  const make = windowed(...rest);
  return (period) => ({ ...make(period), warmUpBars: period });
}

/** An average of closes that is defined from the first row on. */
function fromFirst(...rest: Parameters<typeof windowed>): (span: number) => Indicator {
  const make = windowed(...rest);
  return (span) => ({ ...make(span), warmUpBars: 0 });
}

function convergence(spans: MacdSpans, line: 'macd' | 'signal' | 'histogram'): Indicator {
  const text = [spans.fast, spans.slow, spans.signal].join(', ');
  return {
    name: `${line === 'macd' ? 'macd' : `macd-${line}`}(${text})`,
    warmUpBars: 0,
    overSeries: ({ close }) => {
      const { macd, signal } = movingAverageConvergence(close, spans);
      const histogram = macd.map((value, t) => value - (signal[t] as number));
      return { macd, signal, histogram }[line];
    },
    stream: () => ofCloses(convergenceStream(spans, line)),
  };
}

/**
 * Every indicator by name: each has one definition, with its source at the function of the same
 * meaning in engine/indicators.ts and engine/indicators/.
 */
export const INDICATORS = {
  'simple-average': windowed('simple-average', simpleAverage, simpleAverageStream),
  'exponential-average': fromFirst(
    'exponential-average',
    exponentialAverage,
    exponentialAverageStream,
  ),
  'adjusted-average': fromFirst('adjusted-average', adjustedAverage, adjustedAverageStream),
  'wilder-average': windowed('wilder-average', wilderAverage, wilderAverageStream),
  rsi: afterWindow('rsi', relativeStrengthIndex, relativeStrengthStream),
  macd: (spans: MacdSpans): Indicator => convergence(spans, 'macd'),
  'macd-signal': (spans: MacdSpans): Indicator => convergence(spans, 'signal'),
  'macd-histogram': (spans: MacdSpans): Indicator => convergence(spans, 'histogram'),
  return: afterWindow('return', simpleReturns, simpleReturnStream),
  deviation: windowed('deviation', rollingDeviation, rollingDeviationStream),
  volatility: afterWindow('volatility', rollingVolatility, volatilityStream),
  'z-score': windowed('z-score', zScore, zScoreStream),
  'rolling-maximum': windowed('rolling-maximum', rollingMaximum, (period) =>
    extremeStream(period, Math.max),
  ),
  'rolling-minimum': windowed('rolling-minimum', rollingMinimum, (period) =>
    extremeStream(period, Math.min),
  ),
  bollinger: (options: { readonly period: number; readonly width: number }): Indicator => ({
    ...windowed(
      'bollinger',
      (close) => bollingerBand(close, options),
      () => bollingerStream(options),
    )(options.period),
    name: `bollinger(${String(options.period)}, ${String(options.width)})`,
  }),
  'true-range': (): Indicator => ({
    name: 'true-range',
    warmUpBars: 0,
    overSeries: (columns) => trueRange(numberColumns(columns)),
    stream: trueRangeStream,
  }),
  'average-true-range': windowedBars(
    'average-true-range',
    (columns, period) => averageTrueRange(numberColumns(columns), period),
    averageTrueRangeStream,
  ),
  /**
   * Upper Donchian channel: the highest high of the last `period` bars, this one included. A
   * breakout above it compares with the channel of the bar before.
   */
  'donchian-upper': windowedBars(
    'donchian-upper',
    ({ high }, period) => rollingMaximum(numbersOf('high', high), period),
    (period) => of(extremeStream(period, Math.max), 'high'),
  ),
  /** Lower Donchian channel: the lowest low of the last `period` bars, this one included. */
  'donchian-lower': windowedBars(
    'donchian-lower',
    ({ low }, period) => rollingMinimum(numbersOf('low', low), period),
    (period) => of(extremeStream(period, Math.min), 'low'),
  ),
} as const;

function of(stream: NumberStream, column: 'high' | 'low'): BarStream {
  return { ...stream, next: (bar) => stream.next(bar[column]) };
}
