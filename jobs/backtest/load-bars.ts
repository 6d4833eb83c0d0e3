import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readPriceFile } from '../../adapters/feeds/read-price-file.ts';
import type { SeriesBar } from '../../engine/futures/curve.ts';
import { INPUT_NAMES } from '../../schemas/jobs/backtest.ts';
import { refusalMessage } from '../collect/fetch.ts';
import { BadInputError } from '../contract/job-error.ts';

/**
 * Reads the bars of a price file.
 *
 * @param now the reader's clock: rows after it are refused.
 * @param inputDirectory where a job finds the file; absent where it lies as named.
 * @throws {BadInputError} when the file cannot be read, or says something that has no one meaning.
 */
export function loadBars(path: string, now: string, inputDirectory?: string): readonly SeriesBar[] {
  const file = readPriceFile(readNamedFile('--data', path, inputDirectory), { now });
  if (file.report.verdict === 'refuse') {
    throw new BadInputError(refusalMessage(basename(path), file));
  }
  return file.bars;
}

/**
 * The bytes of a file that an option names.
 *
 * @throws {BadInputError} naming the option, the path and the reason.
 */
export function readNamedFile(
  option: keyof typeof INPUT_NAMES,
  path: string,
  inputDirectory?: string,
): Buffer {
  try {
    return readFileSync(
      inputDirectory === undefined ? path : join(inputDirectory, INPUT_NAMES[option]),
    );
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new BadInputError(
      `${option} must name a file that can be read, was ${path} (${reason}). Correct the path.`,
    );
  }
}
