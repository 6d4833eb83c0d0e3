import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { readPriceChunks, type PriceFile } from '../../adapters/feeds/read-price-file.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { counted, createOutput, table, type Output } from '../output.ts';
import { byteProgress } from './byte-progress.ts';
import { openInput } from './file-chunks.ts';
import { hashing, requireHash } from './file-hash.ts';

export interface CheckOptions {
  readonly json: boolean;
  /** The reader's clock; the machine's own when it is left out. */
  readonly now?: string;
  /** SHA-256 of the file that is meant. */
  readonly sha256?: string;
}

/**
 * Reads a price file by the reading policy and prints the verdict. It needs no server and keeps
 * one piece of the file in memory. The exit code is 65 when the file is refused.
 */
export async function checkFile(path: string, options: CheckOptions): Promise<void> {
  const output = createOutput(options.json);
  const file = await readVerdict(path, options, output);
  const { verdict, problems, rows, from, to } = file.report;
  output.answer({ verdict, problems, rows, from, to }, verdictText(basename(path), file));
  if (verdict === 'refuse') process.exitCode = CommandExitCode.BadInput;
}

async function readVerdict(
  path: string,
  { now = new Date().toISOString(), sha256 }: CheckOptions,
  output: Output,
): Promise<PriceFile> {
  const input = await openInput(path);
  const progress = byteProgress(basename(path), input.size, output);
  try {
    const hash = createHash('sha256');
    const file = await readPriceChunks(hashing(input.chunks(progress), hash), { now });
    // A refused file may not have been read to its end.
    if (file.report.verdict !== 'refuse') requireHash(path, hash.digest('hex'), sha256);
    return file;
  } finally {
    progress.end();
    await input.close();
  }
}

/** The verdict in words, and a table of the problems. */
export function verdictText(name: string, file: PriceFile): string {
  const { report, refusalsTotal, warningsTotal } = file;
  const { verdict, problems, rows, from, to } = report;
  const span = from === null || to === null ? '' : `, ${from} to ${to}`;
  const summary = `${name}: ${verdict}, ${counted(rows, 'row')}${span}`;
  if (problems.length === 0) return summary;
  const lines = problems.map(({ code, line, column, value, message }) => [
    String(line),
    code,
    column ?? '',
    value === null ? '' : JSON.stringify(value),
    message,
  ]);
  const hidden = refusalsTotal + warningsTotal - problems.length;
  return [
    table(['line', 'code', 'column', 'value', 'message'], lines),
    ...(hidden > 0 ? [`and ${String(hidden)} more that are not listed`] : []),
    summary,
  ].join('\n');
}
