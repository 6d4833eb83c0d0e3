import { availableParallelism } from 'node:os';
import { isatty } from 'node:tty';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { counted } from '../../schemas/counted.ts';
import { integerBetween } from '../options.ts';
import { isQuiet, createOutput, fixed, percent, table } from '../output.ts';
import { runRequest } from '../run-request.ts';
import {
  absolute,
  requireLauncher,
  strategyRequest,
  withJobOptions,
  withStrategyOptions,
} from '../strategy-options.ts';
import type { JobOptions, StrategyOptions } from '../strategy-options.ts';
import { sweepFiles, withFileOptions, type FileOptions } from '../wanted-files.ts';

interface SweepOptions extends StrategyOptions, JobOptions, FileOptions {
  readonly paramsFile: string;
  readonly heatMap?: readonly string[];
  readonly threads: number;
}

interface SweepRow {
  readonly params: unknown;
  readonly finalEquity: number;
  readonly trades: number;
  readonly maxDrawdown: number;
}

const THREADS_MAX = 256;

/** Rows that are shown as text; `--json` prints all. */
const ROWS_SHOWN = 20;

const HELP = `
Exit codes: 0 done, 1 a job failed, 64 wrong command line, 65 wrong file, parameter or strategy,
69 no Docker Engine, 73 a file cannot be written, 130 interrupted.

Examples:
  strategy-loop sweep --strategy rsi-macd --data prices.csv --params-file sets.json --fee-bps 1
  strategy-loop sweep --strategy rsi-macd --data prices.csv --params-file sets.json --threads 2 --json
  strategy-loop sweep --strategy rsi-macd --data prices.csv --params-file sets.json --report sweep.html --heat-map rsiPeriod,rsiEntry
  strategy-loop sweep --strategy rsi-macd --data prices.csv --params-file sets.json --out sets.parquet
  strategy-loop sweep --strategy rsi-macd --data prices.csv --params-file sets.json --launcher process --shards 4

sets.json holds an array: [{"rsiPeriod":10,"rsiEntry":50}, {"rsiPeriod":14,"rsiEntry":55}]`;

export function addSweepCommand(program: Command): void {
  const command = withStrategyOptions(program.command('sweep'))
    .description('run a strategy with many parameter sets over a price file; no server is needed')
    .requiredOption('--params-file <file>', 'JSON array of parameter sets', absolute)
    .option(
      '--threads <count>',
      'threads; as many as the machine has by default',
      integerBetween(1, THREADS_MAX),
      Math.min(availableParallelism(), THREADS_MAX),
    )
    .option(
      '--heat-map <names>',
      'one or two parameters along the sides of the map in the page; those that vary most by default',
      axisNames,
    );
  withFileOptions(command, ['file|folder', 'write the table of all parameter sets there']);
  withJobOptions(command, 'jobs that share the parameter sets')
    .addHelpText('after', HELP)
    .action(runSweep);
}

async function runSweep(options: SweepOptions): Promise<void> {
  const { paramsFile, threads, json } = options;
  const request = {
    command: 'sweep' as const,
    ...strategyRequest(options),
    parametersFile: paramsFile,
    threads,
    progress: !isQuiet() && (!json || isatty(process.stderr.fd)),
  };
  requireLauncher(options);
  const files = sweepFiles(options, options.heatMap ?? null);
  await runRequest({ request, files, jobs: options, output: createOutput(json) }, (document) =>
    textOf(document as readonly SweepRow[]),
  );
}

/** Parses `rsiPeriod,rsiEntry`. */
function axisNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.length <= 2 && names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError(
    'it must be one or two names of parameters, separated by a comma.',
  );
}

/** The best rows; equal ones stay in the order of the file. */
function textOf(rows: readonly SweepRow[]): string {
  const best = rows.toSorted((one, other) => other.finalEquity - one.finalEquity);
  const shown = best.slice(0, ROWS_SHOWN);
  return [
    table(
      ['final equity', 'trades', 'drawdown', 'parameters'],
      shown.map(({ params, finalEquity, trades, maxDrawdown }) => [
        fixed(finalEquity),
        String(trades),
        percent(-maxDrawdown),
        JSON.stringify(params),
      ]),
    ),
    `${String(shown.length)} of ${counted(rows.length, 'parameter set')}, best first; --json prints all in their order`,
  ].join('\n');
}
