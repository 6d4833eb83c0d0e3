import { parseInstant, parseNumber } from './values.ts';
import type { ProblemList, RefusalCode, WarningCode } from './problems.ts';

/** Columns that a price file must have, in the order in which a row is checked. */
export const COLUMNS = ['date', 'open', 'high', 'low', 'close', 'volume'] as const;
export type Column = (typeof COLUMNS)[number];

/** Columns that a futures file has besides; read where all four are there. */
export const CURVE_COLUMNS = ['price', 'price_contract', 'carry', 'carry_contract'] as const;
export type CurveColumn = (typeof CURVE_COLUMNS)[number];

/** Columns that are known, and not read. */
const IGNORED_COLUMNS: readonly string[] = ['adjclose'];

/** Signs that other dialects put between cells, the more usual ones first. */
const OTHER_DELIMITERS = [';', '\t', '|', ' ', ':', '^', '~', '\x1f'];

/** Where each column stands in a row. */
export interface Header {
  readonly cellCount: number;
  readonly position: Readonly<Record<Column, number>>;
  /** Null when the file is not one of a future. */
  readonly curve: Readonly<Record<CurveColumn, number>> | null;
}

export interface HeaderLine {
  readonly line: number;
  readonly text: string;
  readonly cells: readonly string[];
}

/**
 * Finds the columns by name, in any order and case.
 *
 * @returns null when the columns cannot be told: then nothing behind the header can be read.
 */
export function readHeader(
  { line, text, cells }: HeaderLine,
  refusals: ProblemList<RefusalCode>,
  warnings: ProblemList<WarningCode>,
): Header | null {
  const names = cells.map((cell) => cell.toLowerCase());
  const foreign = foreignDelimiter(text, names);
  if (foreign !== null) {
    refusals.add('wrong-delimiter', { line, message: foreign });
    return null;
  }
  if (knownCount(names) === 0 && cells.some(looksLikeData)) {
    const message = `the first line holds data; it must name the columns ${COLUMNS.join(', ')}`;
    refusals.add('missing-header', { line, value: text, message });
    return null;
  }
  const before = refusals.total;
  const curve = curvePositions(names);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index) {
      refusals.add('duplicate-column', { line, column: name, message: 'the name stands twice' });
    } else if (!isKnown(name) && (curve === null || !isCurveColumn(name))) {
      warnings.add('unknown-column', { line, column: name, message: 'the column is not read' });
    }
  }
  for (const column of COLUMNS.filter((wanted) => !names.includes(wanted))) {
    refusals.add('missing-column', { line, column, message: `there is no column ${column}` });
  }
  if (refusals.total > before) return null;
  return { cellCount: cells.length, position: positions(names), curve };
}

function positions(names: readonly string[]): Record<Column, number> {
  return {
    date: names.indexOf('date'),
    open: names.indexOf('open'),
    high: names.indexOf('high'),
    low: names.indexOf('low'),
    close: names.indexOf('close'),
    volume: names.indexOf('volume'),
  };
}

/** Some of the four say nothing: then they are unknown columns like any other. */
function curvePositions(names: readonly string[]): Header['curve'] {
  const position = {
    price: names.indexOf('price'),
    price_contract: names.indexOf('price_contract'),
    carry: names.indexOf('carry'),
    carry_contract: names.indexOf('carry_contract'),
  };
  return Object.values(position).includes(-1) ? null : position;
}

function isCurveColumn(name: string): boolean {
  return (CURVE_COLUMNS as readonly string[]).includes(name);
}

function isKnown(name: string): boolean {
  return (COLUMNS as readonly string[]).includes(name) || IGNORED_COLUMNS.includes(name);
}

function knownCount(names: readonly string[]): number {
  return names.filter(isKnown).length;
}

/**
 * What is wrong with the delimiter of a header.
 *
 * @param names its cells as commas part them, in lower case.
 * @returns null when nothing says that it is another sign than the comma.
 */
export function foreignDelimiter(
  text: string,
  names: readonly string[] = [text.toLowerCase()],
): string | null {
  const other = otherDelimiter(text, names);
  return other === null
    ? null
    : `cells are separated by ${other}; they must be separated by commas`;
}

/** The sign that evidently separates the cells of this header, when it is not the comma. */
function otherDelimiter(text: string, names: readonly string[]): string | null {
  if (knownCount(names) > 1) {
    return null;
  }
  const other = OTHER_DELIMITERS.find((delimiter) => {
    const parts = text.toLowerCase().split(delimiter);
    const named = parts.map((part) => part.replaceAll('"', '').trim());
    const isUsual = delimiter === ';' || delimiter === '\t' || delimiter === '|';
    const manyWithoutComma = names.length === 1 && isUsual && parts.length > 1;
    return knownCount(named) > 1 || manyWithoutComma;
  });
  const words: Record<string, string> = {
    ';': 'semicolons',
    '\t': 'tabs',
    '|': 'bars',
    ' ': 'blanks',
  };
  return other === undefined ? null : (words[other] ?? JSON.stringify(other));
}

/** Whether a row names every column: it is a header, perhaps that of another file. */
export function namesColumns(cells: readonly string[]): boolean {
  // Almost every row begins with a date or a number, which settles it.
  if (/^[+.-]?\d/.test(cells[0] ?? '')) {
    return false;
  }
  const names = cells.map((cell) => cell.toLowerCase());
  return COLUMNS.every((column) => names.includes(column));
}

function looksLikeData(cell: string): boolean {
  return parseNumber(cell) !== null || parseInstant(cell) !== null;
}
