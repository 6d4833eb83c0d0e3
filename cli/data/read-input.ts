import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { parquetAsText, ParquetError } from '../../adapters/parquet/read-prices.ts';
import { readPriceChunks, type PriceFile } from '../../adapters/feeds/read-price-file.ts';
import type { Bar } from '../../schemas/bar.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import type { Output } from '../output.ts';
import { byteProgress, type ByteProgress } from './byte-progress.ts';
import { openInput, type InputFile } from './file-chunks.ts';

export type DataFormat = 'csv' | 'parquet';

export interface ReadInputOptions {
  readonly format: DataFormat;
  /** The reader's clock. */
  readonly now: string;
  /** Whether bars last a day or longer: then midnight in a Parquet timestamp means the day. */
  readonly isDaily: boolean;
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
    const bytes = hashing(input, hash, progress);
    if (format === 'csv') {
      const file = await readPriceChunks(bytes, { now }, onBars);
      return { file, sha256: hash.digest('hex') };
    }
    // Parquet is read from its end: the hash is taken in a pass of its own.
    for await (const _chunk of bytes);
    const file = await readPriceChunks(parquetAsText(path, { isDaily }), { now }, onBars);
    return { file, sha256: hash.digest('hex') };
  } catch (error) {
    if (!(error instanceof ParquetError)) throw error;
    throw new CommandError(CommandExitCode.BadInput, error.message, { cause: error });
  } finally {
    progress.end();
    await input.close();
  }
}

async function* hashing(
  input: InputFile,
  hash: ReturnType<typeof createHash>,
  progress: ByteProgress,
): AsyncGenerator<Buffer> {
  for await (const chunk of input.chunks(progress)) {
    hash.update(chunk);
    yield chunk;
  }
}
