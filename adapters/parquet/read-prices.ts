import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { AsyncBuffer } from 'hyparquet';

/** What a Parquet file begins and ends with. */
export const PARQUET_MARK = 'PAR1';

/** A file cannot be read as Parquet. */
export class ParquetError extends Error {
  override readonly name = 'ParquetError';
}

/** Rows that are read at a time. */
const PAGE_ROWS = 20_000;
const DAY_MS = 86_400_000;

/** Columns that are read, and names under which other programs write the first. */
const COLUMNS = ['date', 'open', 'high', 'low', 'close', 'volume'];
const TIME_NAMES = ['time', 'timestamp', 'datetime'];

/**
 * The prices of a Parquet file as the text of a price file, so that one reader and one policy judge
 * both. Row 1 of the file is line 2 of the text.
 *
 * @param isDaily whether a timestamp at midnight UTC means a day; null when it is not known: then
 *   it does if every timestamp of the first page is at midnight.
 * @throws {ParquetError} when the file is not Parquet, or packed in a way that cannot be read.
 */
export async function* parquetAsText(
  path: string,
  { isDaily }: { readonly isDaily: boolean | null },
): AsyncGenerator<Buffer> {
  try {
    const file = await asyncBufferFromFile(path);
    await requireMarks(file);
    const metadata = await parquetMetadataAsync(file);
    const present = (metadata.schema[0]?.num_children ?? 0) > 0 ? topNames(metadata.schema) : [];
    const lower = present.map((name) => name.toLowerCase());
    const renamed = lower.includes('date') ? null : TIME_NAMES.find((name) => lower.includes(name));
    const names = lower.map((name) => (name === renamed ? 'date' : name));
    yield Buffer.from(`${names.map(quoted).join(',')}\n`);
    const columns = present.filter((_name, at) => COLUMNS.includes(names[at] ?? ''));
    const rows = Number(metadata.num_rows);
    let isDayFile = isDaily;
    for (let rowStart = 0; rowStart < rows; rowStart += PAGE_ROWS) {
      const rowEnd = Math.min(rows, rowStart + PAGE_ROWS);
      const page = await parquetReadObjects({ file, metadata, columns, rowStart, rowEnd });
      const asDay = (isDayFile ??= page.every(hasMidnightsOnly));
      const lines = page.map((row) => present.map((name) => cellOf(row[name], asDay)).join(','));
      yield Buffer.from(`${lines.join('\n')}\n`);
    }
  } catch (error) {
    if (error instanceof ParquetError) throw new ParquetError(`${path} ${error.message}`);
    const reason = error instanceof Error ? error.message : String(error);
    throw new ParquetError(
      `${path} cannot be read as Parquet: ${reason}; write it with Snappy or no compression, or as CSV`,
      { cause: error },
    );
  }
}

/** Tells a file of another kind from one that was cut short: both would fail somewhere inside. */
async function requireMarks(file: AsyncBuffer): Promise<void> {
  const length = PARQUET_MARK.length;
  const textOf = async (start: number): Promise<string> =>
    Buffer.from(await file.slice(start, start + length)).toString('latin1');
  if (file.byteLength < length || (await textOf(0)) !== PARQUET_MARK) {
    throw new ParquetError(
      `is no Parquet file: it does not begin with ${PARQUET_MARK}. Read it as what it is, e.g. with --format csv`,
    );
  }
  if (file.byteLength < 3 * length || (await textOf(file.byteLength - length)) !== PARQUET_MARK) {
    throw new ParquetError(
      `is a Parquet file that was cut short: it does not end with ${PARQUET_MARK}. Copy it anew`,
    );
  }
}

function hasMidnightsOnly(row: Record<string, unknown>): boolean {
  return Object.values(row).every(
    (value) => !(value instanceof Date) || value.getTime() % DAY_MS === 0,
  );
}

/** Names of the columns of the first level, nested ones included. */
function topNames(
  schema: readonly { readonly name: string; readonly num_children?: number }[],
): string[] {
  const names: string[] = [];
  let at = 1;
  const skip = (): void => {
    const children = schema[at]?.num_children ?? 0;
    at += 1;
    for (let child = 0; child < children; child += 1) skip();
  };
  while (at < schema.length) {
    names.push(schema[at]?.name ?? '');
    skip();
  }
  return names;
}

/** A value as a cell; what is no number and no time stays visible to the policy. */
function cellOf(value: unknown, isDaily: boolean): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) {
    const ms = value.getTime();
    if (Number.isNaN(ms)) return 'invalid date';
    return isDaily && ms % DAY_MS === 0 ? value.toISOString().slice(0, 10) : value.toISOString();
  }
  return typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : quoted(text(value));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function quoted(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}
