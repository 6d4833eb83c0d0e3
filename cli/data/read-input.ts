import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { parquetAsText, ParquetError } from '../../adapters/parquet/read-prices.ts';
import { readPriceChunks, type PriceFile } from '../../adapters/feeds/read-price-file.ts';
import type { Bar } from '../../schemas/bar.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import type { Output } from '../output.ts';
import { byteProgress } from './byte-progress.ts';
import { openInput } from './file-chunks.ts';
import { hashing, requireHash } from './file-hash.ts';

export type DataFormat = 'csv' | 'parquet';

export interface ReadInputOptions {
  readonly format: DataFormat;
  /** The reader's clock. */
  readonly now: string;
  /** Whether bars last a day or longer: then midnight in a Parquet timestamp means the day. */
  readonly isDaily: boolean;
  /** SHA-256 of the file that is meant. */
  readonly sha256?: string | undefined;
  readonly output: Output;
  readonly onBars: (bars: readonly Bar[]) => Promise<void>;
}

/** The format that a file's name says. */
export function formatOf(path: string): DataFormat {
  return ['.parquet', '.pq'].includes(extname(path).toLowerCase()) ? 'parquet' : 'csv';
}

/**
 * Reads a CSV or Parquet file of prices by the reading policy, and hands on its bars.
 *
 * @returns the verdict, and the SHA-256 of the file.
 * @throws {CommandError} with exit code 65 when the file cannot be read at all.
 */
export async function readInput(
  path: string,
  options: ReadInputOptions,
): Promise<{ readonly file: PriceFile; readonly sha256: string }> {
  const { format, now, isDaily, output, onBars } = options;
  const input = await openInput(path);
  const progress = byteProgress(basename(path), input.size, output);
  try {
    const hash = createHash('sha256');
    const bytes = hashing(input.chunks(progress), hash);
    const end = (): string => requireHash(path, hash.digest('hex'), options.sha256);
    if (format === 'csv') {
      const file = await readPriceChunks(bytes, { now }, onBars);
      // A refused file may not have been read to its end, and its hash is not needed.
      return { file, sha256: file.report.verdict === 'refuse' ? '' : end() };
    }
    // Parquet is read from its end: the hash is taken in a pass of its own.
    for await (const _chunk of bytes);
    const sha256 = end();
    const file = await readPriceChunks(parquetAsText(path, { isDaily }), { now }, onBars);
    return { file, sha256 };
  } catch (error) {
    if (!(error instanceof ParquetError)) throw error;
    throw new CommandError(CommandExitCode.BadInput, error.message, { cause: error });
  } finally {
    progress.end();
    await input.close();
  }
}
