import type { Bar } from '../schemas/bar.ts';
import type { CarryColumns } from './forecasts/carry.ts';
import { curveOf, type SeriesBar } from './futures/curve.ts';

/** Bars as columns: one value a bar, oldest first. */
export interface BarColumns {
  readonly length: number;
  readonly time: readonly string[];
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** The futures curve beside the bars; null where nothing is known about it. */
  readonly curve: CarryColumns | null;
}

/**
 * Bars as columns, oldest first, with a memory for series computed from them. Indicators over whole
 * columns are several times faster than over objects, and a search that tries 200 parameter sets
 * needs each distinct indicator only once.
 */
export interface BarSeries extends BarColumns {
  /**
   * The series stored under `key`, computed on first use. The key must name the computation and all
   * its arguments, such as `rsi/14`; the answer must not be written to.
   */
  readonly cached: (key: string, compute: () => Float64Array) => Float64Array;
}

/**
 * A series of the given bars, with an empty memory. Objects are copied: later changes to them do not
 * show. Columns are taken as they are, and must not be written to.
 */
export function barSeries(bars: readonly SeriesBar[] | BarColumns): BarSeries {
  const memory = new Map<string, Float64Array>();
  const columns = 'open' in bars ? bars : barColumns(bars);
  return {
    ...columns,
    cached: (key, compute) => {
      const known = memory.get(key);
      if (known) {
        return known;
      }
      const computed = compute();
      memory.set(key, computed);
      return computed;
    },
  };
}

/** Columns of bars. One plain loop: Float64Array.from with a callback takes ten times as long. */
export function barColumns(bars: readonly SeriesBar[]): BarColumns {
  const columns = {
    length: bars.length,
    time: new Array<string>(bars.length),
    open: new Float64Array(bars.length),
    high: new Float64Array(bars.length),
    low: new Float64Array(bars.length),
    close: new Float64Array(bars.length),
    volume: new Float64Array(bars.length),
    curve: curveOf(bars),
  };
  for (let t = 0; t < bars.length; t += 1) {
    const bar = bars[t] as Bar;
    columns.time[t] = bar.time;
    columns.open[t] = bar.open;
    columns.high[t] = bar.high;
    columns.low[t] = bar.low;
    columns.close[t] = bar.close;
    columns.volume[t] = bar.volume;
  }
  return columns;
}
