import type { TableColumn } from '../../adapters/parquet/write-table.ts';
import { drawdownCurve } from '../../engine/statistics/drawdown.ts';
import type { Trade } from './trades.ts';

/** An account marked at one close: of shares with cash and units, of futures with contracts. */
export interface MarkedBar {
  readonly time: string;
  readonly equity: number;
  readonly close: number;
  readonly cash?: number;
  readonly units?: number;
  readonly contracts?: number;
}

/** What was decided at one close; the target is a share of the account, or contracts. */
export interface DecidedBar {
  readonly time: string;
  readonly forecast: number | null;
  readonly prediction: number | null;
  readonly target: number;
}

export interface WalkedBars {
  readonly equity: readonly MarkedBar[];
  readonly decisions: readonly DecidedBar[];
  /** Account value before the first bar, > 0. */
  readonly initialEquity: number;
}

/** The tables of a back-test by the name of their file. Row i of equity and decisions is bar i. */
export function backtestTables(
  trades: readonly Trade[],
  { equity, decisions, initialEquity }: WalkedBars,
): Readonly<Record<'trades' | 'equity' | 'decisions', readonly TableColumn[]>> {
  const values = equity.map((point) => point.equity);
  const isFutures = equity[0]?.contracts !== undefined;
  const held = isFutures
    ? [column('contracts', 'number', equity, (point) => point.contracts ?? null)]
    : [
        column('cash', 'number', equity, (point) => point.cash ?? null),
        column('units', 'number', equity, (point) => point.units ?? null),
      ];
  return {
    trades: [
      column('entryIndex', 'integer', trades, (trade) => trade.entryIndex),
      column('entryTime', 'time', trades, (trade) => trade.entryTime),
      column('entryPrice', 'number', trades, (trade) => trade.entryPrice),
      column('exitIndex', 'integer', trades, (trade) => trade.exitIndex),
      column('exitTime', 'time', trades, (trade) => trade.exitTime),
      column('exitPrice', 'number', trades, (trade) => trade.exitPrice),
      column('return', 'number', trades, (trade) => trade.return),
      ...(isFutures ? [column('side', 'text', trades, sideOf)] : []),
    ],
    equity: [
      column('time', 'time', equity, (point) => point.time),
      column('close', 'number', equity, (point) => point.close),
      { name: 'equity', kind: 'number', values },
      ...held,
      { name: 'drawdown', kind: 'number', values: drawdownCurve(values, initialEquity) },
    ],
    decisions: [
      column('time', 'time', decisions, (decision) => decision.time),
      column('forecast', 'number', decisions, (decision) => decision.forecast),
      column('prediction', 'number', decisions, (decision) => decision.prediction),
      column('target', 'number', decisions, (decision) => decision.target),
    ],
  };
}

/** Trades of a futures account say on which side they were. */
export function sideOf(trade: Trade): string {
  return 'side' in trade ? String(trade.side) : 'long';
}

function column<Row>(
  name: string,
  kind: TableColumn['kind'],
  rows: readonly Row[],
  valueOf: (row: Row) => number | string | null,
): TableColumn {
  return { name, kind, values: rows.map(valueOf) };
}
