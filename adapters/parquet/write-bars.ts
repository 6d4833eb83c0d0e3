import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { Bar } from '../../schemas/bar.ts';

const NUMBERS = ['open', 'high', 'low', 'close', 'volume'] as const;

/**
 * Writes bars as Parquet, page after page: `date` as a timestamp in milliseconds UTC, the numbers as
 * doubles, Snappy.
 *
 * @param path the file; an existing one is replaced.
 */
export async function writeBarsParquet(
  path: string,
  pages: AsyncIterable<readonly Bar[]>,
): Promise<void> {
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: [
      { name: 'root', num_children: 1 + NUMBERS.length },
      {
        name: 'date',
        type: 'INT64',
        repetition_type: 'REQUIRED',
        converted_type: 'TIMESTAMP_MILLIS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
      },
      ...NUMBERS.map((name) => ({
        name,
        type: 'DOUBLE' as const,
        repetition_type: 'REQUIRED' as const,
      })),
    ],
  });
  for await (const bars of pages) {
    await writer.write({
      columnData: [
        { name: 'date', data: bars.map((bar) => new Date(bar.time)) },
        ...NUMBERS.map((name) => ({ name, data: bars.map((bar) => bar[name]) })),
      ],
      rowGroupSize: bars.length,
    });
  }
  await writer.finish();
}
