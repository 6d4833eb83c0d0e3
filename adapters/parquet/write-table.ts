import { parquetWriteBuffer } from 'hyparquet-writer';

/** A column of a table: as many values as the table has rows, null where one is undefined. */
export interface TableColumn {
  readonly name: string;
  /** Times are ISO 8601 texts: days, or instants in UTC. */
  readonly kind: 'number' | 'integer' | 'text' | 'boolean' | 'time';
  readonly values: readonly (number | string | boolean | null)[];
}

/** Parquet's name for each kind of value. */
const TYPES = {
  number: 'DOUBLE',
  integer: 'INT32',
  text: 'STRING',
  boolean: 'BOOLEAN',
  time: 'TIMESTAMP',
} as const;

/**
 * A table as the bytes of a Parquet file: times as timestamps in milliseconds UTC, numbers as doubles,
 * counts as 32-bit integers, Snappy.
 */
export function tableAsParquet(columns: readonly TableColumn[]): Uint8Array {
  const columnData = columns.map(({ name, kind, values }) => ({
    name,
    type: TYPES[kind],
    nullable: true,
    data: kind === 'time' ? values.map(dateOf) : [...values],
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

function dateOf(value: TableColumn['values'][number]): Date | null {
  return value === null ? null : new Date(String(value));
}
