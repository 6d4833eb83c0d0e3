import type { BarSeries } from '../../engine/bar-series.ts';
import type { Metrics } from '../../schemas/metrics.ts';
import type { BoundStrategy } from '../../strategies/strategy.ts';
import type { Trade } from './trades.ts';

/** A row of a strategy's own columns: numbers by name, null where not defined yet. */
type IndicatorRow = Readonly<Record<string, number | null>>;

/** What `strategy-loop backtest --json` prints. Amounts in account currency. */
export interface Backtest {
  readonly bars: number;
  readonly trades: readonly Trade[];
  /** The account marked at the last close. */
  readonly finalEquity: number;
  /** Largest fall of close-marked equity, as a fraction of the peak; the starting cash is a peak. */
  readonly maxDrawdown: number;
  readonly metrics: Metrics;
  readonly indicators?: readonly IndicatorRow[];
  readonly forecasts?: readonly object[];
  readonly equity?: readonly object[];
}

/** A strategy's own columns, row by row. */
export function indicatorRows(series: BarSeries, bound: BoundStrategy): IndicatorRow[] {
  const columns = Object.entries(bound.columns(series));
  return series.time.map((_, index) => {
    const row: Record<string, number | null> = { index };
    for (const [name, column] of columns) {
      const value = column[index];
      row[name] = value === undefined || Number.isNaN(value) ? null : value;
    }
    return row;
  });
}
