import type { Bar } from '../../../schemas/bar.ts';
import type { CurvePoint, SeriesBar } from '../../../engine/futures/curve.ts';
import type { Column, CurveColumn, Header } from './header.ts';
import type { ProblemList, RefusalCode } from './problems.ts';
import { parseInstant, parseNumber, type BarInstant } from './values.ts';

/** One record of the file. */
export interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A row as far as it could be read: `bar` is null when something in it was refused. */
export interface ReadRow {
  readonly line: number;
  readonly instant: BarInstant | null;
  readonly bar: SeriesBar | null;
  /** Cells as they stand in the file, for remarks. */
  readonly texts: { readonly date: string; readonly close: string };
}

/** A cell that may hold a price or a volume. */
interface NumberCell {
  readonly line: number;
  readonly column: Column | CurveColumn;
  readonly value: string;
}

/** Reads one row of cells, and reports everything that is wrong within it, left to right. */
export function readRow(row: Row, header: Header, refusals: ProblemList<RefusalCode>): ReadRow {
  const { line, cells } = row;
  const before = refusals.total;
  const cell = (column: Column): NumberCell => ({
    line,
    column,
    value: cells[header.position[column]] ?? '',
  });
  const texts = { date: cell('date').value, close: cell('close').value };
  const instant = readInstant(cell('date'), refusals);
  const open = readPrice(cell('open'), refusals);
  const high = readPrice(cell('high'), refusals);
  const low = readPrice(cell('low'), refusals);
  const close = readPrice(cell('close'), refusals);
  const volume = readVolume(cell('volume'), refusals);
  const curve = readCurve(row, header, refusals);
  if (refusals.total > before || instant === null) {
    return { line, instant, bar: null, texts };
  }
  const bar = { time: instant.time, open, high, low, close, volume };
  checkRange(bar, cell, refusals);
  if (refusals.total > before) return { line, instant, bar: null, texts };
  return { line, instant, bar: curve === null ? bar : { ...bar, curve }, texts };
}

/** An empty cell says that the price or the contract is not known on that day. */
function readCurve(
  { line, cells }: Row,
  { curve }: Header,
  refusals: ProblemList<RefusalCode>,
): CurvePoint | null {
  if (curve === null) return null;
  const known = (
    column: CurveColumn,
    read: (cell: NumberCell, list: ProblemList<RefusalCode>) => number,
  ): number => {
    const value = cells[curve[column]] ?? '';
    return value.trim() === '' ? Number.NaN : read({ line, column, value }, refusals);
  };
  return {
    price: known('price', readPrice),
    priceContract: known('price_contract', readContract),
    carry: known('carry', readPrice),
    carryContract: known('carry_contract', readContract),
  };
}

/** A delivery month as YYYYMM. */
function readContract(cell: NumberCell, refusals: ProblemList<RefusalCode>): number {
  const value = readNumber(cell, refusals);
  const month = value % 100;
  const isMonth = Number.isInteger(value) && value >= 100_001 && value <= 999_912;
  if (!Number.isNaN(value) && !(isMonth && month >= 1 && month <= 12)) {
    const message = `${cell.value} is not a contract month as YYYYMM`;
    refusals.add('bad-date', { ...cell, message });
  }
  return value;
}

function readInstant(cell: NumberCell, refusals: ProblemList<RefusalCode>): BarInstant | null {
  const instant = parseInstant(cell.value);
  if (instant === null) {
    const message = `${shown(cell.value)} is not a date as YYYY-MM-DD or an ISO 8601 time`;
    refusals.add('bad-date', { ...cell, message });
  }
  return instant;
}

function readPrice(cell: NumberCell, refusals: ProblemList<RefusalCode>): number {
  const value = readNumber(cell, refusals);
  if (value <= 0) {
    refusals.add('not-positive', { ...cell, message: `${cell.value} is not a price above 0` });
  }
  return value;
}

function readVolume(cell: NumberCell, refusals: ProblemList<RefusalCode>): number {
  const value = readNumber(cell, refusals);
  if (value < 0) {
    refusals.add('negative-volume', { ...cell, message: `${cell.value} is below 0` });
  }
  return value;
}

/** @returns NaN when the cell was refused, which no further comparison remarks on. */
function readNumber(cell: NumberCell, refusals: ProblemList<RefusalCode>): number {
  const value = parseNumber(cell.value);
  if (value === null) {
    refusals.add('not-a-number', { ...cell, message: `${shown(cell.value)} is not a number` });
    return Number.NaN;
  }
  if (!Number.isFinite(value)) {
    refusals.add('not-finite', { ...cell, message: `${cell.value} is too large for a number` });
    return Number.NaN;
  }
  return value;
}

function checkRange(
  bar: Bar,
  cell: (column: Column) => NumberCell,
  refusals: ProblemList<RefusalCode>,
): void {
  const { open, high, low, close } = bar;
  if (high < low) {
    const message = `${String(high)} is below low ${String(low)}`;
    refusals.add('high-below-low', { ...cell('high'), message });
    return;
  }
  for (const [column, value] of [['open', open] as const, ['close', close] as const]) {
    if (value < low || value > high) {
      const message = `${String(value)} lies outside low ${String(low)} to high ${String(high)}`;
      refusals.add('outside-range', { ...cell(column), message });
    }
  }
}

function shown(value: string): string {
  return value === '' ? 'an empty cell' : `"${value.slice(0, 40)}"`;
}
