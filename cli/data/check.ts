import { basename } from 'node:path';
import type { PriceFile } from '../../adapters/feeds/read-price-file.ts';
import { counted } from '../../schemas/counted.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { createOutput, table } from '../output.ts';
import { formatOf, readInput, type DataFormat } from './read-input.ts';

export interface CheckOptions {
  readonly json: boolean;
  readonly format?: DataFormat;
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
  const { file } = await readInput(path, {
    format: options.format ?? formatOf(path),
    now: options.now ?? new Date().toISOString(),
    isDaily: null,
    sha256: options.sha256,
    output,
  });
  const { verdict, problems, rows, from, to } = file.report;
  output.answer({ verdict, problems, rows, from, to }, verdictText(basename(path), file));
  if (verdict === 'refuse') process.exitCode = CommandExitCode.BadInput;
}

/** The verdict in words, and a table of the problems. */
export function verdictText(name: string, file: PriceFile): string {
  const { verdict, rows, from, to } = file.report;
  const span = from === null || to === null ? '' : `, ${from} to ${to}`;
  const summary = `${name}: ${verdict}, ${counted(rows, 'row')}${span}`;
  return [...problemsText(file), summary].join('\n');
}

/** The table of what was remarked on, and how much of it is not listed; nothing without remarks. */
export function problemsText({ report, refusalsTotal, warningsTotal }: PriceFile): string[] {
  const { problems } = report;
  if (problems.length === 0) return [];
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
  ];
}
