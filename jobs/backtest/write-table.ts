import { tableAsParquet, type TableColumn } from '../../adapters/parquet/write-table.ts';
import type { ExportFormat } from '../../schemas/backtest.ts';

/**
 * A table as the content of a file. CSV is RFC 4180 with LF, empty where a value is undefined, and
 * numbers in the shortest form that reads back as the same float64; JSON is an array of objects.
 *
 * @param columns all of one length.
 */
export function writeTable(
  columns: readonly TableColumn[],
  format: ExportFormat,
): Uint8Array | string {
  switch (format) {
    case 'csv':
      return asCsv(columns);
    case 'json':
      return asJson(columns);
    case 'parquet':
      return tableAsParquet(columns);
    default:
      return format satisfies never;
  }
}

function asCsv(columns: readonly TableColumn[]): string {
  const lines = [columns.map(({ name }) => cell(name)).join(',')];
  for (const row of rowsOf(columns)) {
    lines.push(row.map((value) => (value === null ? '' : cell(String(value)))).join(','));
  }
  return `${lines.join('\n')}\n`;
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One object a line, so that long tables can be read and compared line by line. */
function asJson(columns: readonly TableColumn[]): string {
  const objects = rowsOf(columns).map((row) =>
    JSON.stringify(Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null]))),
  );
  return objects.length === 0 ? '[]\n' : `[\n${objects.join(',\n')}\n]\n`;
}

function rowsOf(columns: readonly TableColumn[]): TableColumn['values'][number][][] {
  const length = columns[0]?.values.length ?? 0;
  return Array.from({ length }, (_, row) => columns.map(({ values }) => values[row] ?? null));
}
