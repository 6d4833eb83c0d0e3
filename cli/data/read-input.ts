import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { PARQUET_MARK, parquetAsText, ParquetError } from '../../adapters/parquet/read-prices.ts';
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
  /**
   * Whether bars last a day or longer: then midnight in a Parquet timestamp means the day. Null
   * when only the file can tell.
   */
  readonly isDaily: boolean | null;
  /** SHA-256 of the file that is meant. */
  readonly sha256?: string | undefined;
  readonly output: Output;
  readonly onBars?: (bars: readonly Bar[]) => Promise<void>;
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
      const file = await readPriceChunks(textOnly(path, bytes), { now }, onBars);
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

/** Says of a Parquet file under another name what it is: as text it would only look badly encoded. */
async function* textOnly(path: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of bytes) {
    if (isFirst && chunk.toString('latin1', 0, PARQUET_MARK.length) === PARQUET_MARK) {
      const message = `${path} is a Parquet file and no CSV; let its name end in .parquet, or say --format parquet`;
      throw new CommandError(CommandExitCode.BadInput, message);
    }
    isFirst = false;
    yield chunk;
  }
}
