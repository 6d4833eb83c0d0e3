import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packagePath } from '../../cli/package-path.ts';
import type { BarSeries } from '../../engine/bar-series.ts';
import type { RsiMacdParameters } from '../../engine/sweep/rsi-macd-kernel.ts';

const COMPILE = ['-O3', '-march=native', '-ffp-contract=off'];

/**
 * Compiles the C program that is the limit, and writes its inputs.
 *
 * @returns its command line.
 * @throws {Error} when there is no C compiler.
 */
export async function compileLimit(
  directory: string,
  series: BarSeries,
  sets: readonly RsiMacdParameters[],
  rules: { readonly warmUp: number; readonly feeBps: number; readonly cash: number },
): Promise<string[]> {
  const program = join(directory, 'naive');
  const prices = join(directory, 'prices.bin');
  const parameters = join(directory, 'sets.bin');
  const source = packagePath('bench/peers/naive.c');
  await promisify(execFile)('gcc', [...COMPILE, '-o', program, source]);
  writeFileSync(prices, Buffer.concat([bytesOf(series.open), bytesOf(series.close)]));
  const numbers = sets.flatMap((set) => [
    set.rsiPeriod,
    set.rsiEntry,
    set.macdFast,
    set.macdSlow,
    set.macdSignal,
  ]);
  writeFileSync(parameters, bytesOf(Float64Array.from(numbers)));
  const counts = [series.length, sets.length, rules.warmUp, rules.feeBps / 10_000, rules.cash];
  return [program, prices, parameters, ...counts.map(String)];
}

function bytesOf(values: Float64Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
