import { availableParallelism } from 'node:os';
import { isatty } from 'node:tty';
import type { Command } from 'commander';
import { integerBetween } from '../options.ts';
import { createOutput, fixed, percent, table } from '../output.ts';
import { runStrategyProgram } from '../strategy-program.ts';
import { absolute, strategyRequest, withStrategyOptions } from '../strategy-options.ts';
import type { StrategyOptions } from '../strategy-options.ts';

interface SweepOptions extends StrategyOptions {
  readonly paramsFile: string;
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
Exit codes: 0 done, 64 wrong command line, 65 wrong file, parameter or strategy, 130 interrupted.

Examples:
  strategy-loop sweep --strategy rsi-macd --data prices.csv --params-file sets.json --fee-bps 1
  strategy-loop sweep --strategy rsi-macd --data prices.csv --params-file sets.json --threads 2 --json

sets.json holds an array: [{"rsiPeriod":10,"rsiEntry":50}, {"rsiPeriod":14,"rsiEntry":55}]`;

export function addSweepCommand(program: Command): void {
  withStrategyOptions(program.command('sweep'))
    .description('run a strategy with many parameter sets over a price file; no server is needed')
    .requiredOption('--params-file <file>', 'JSON array of parameter sets', absolute)
    .option(
      '--threads <count>',
      'threads; as many as the machine has by default',
      integerBetween(1, THREADS_MAX),
      Math.min(availableParallelism(), THREADS_MAX),
    )
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
    progress: !json || isatty(process.stderr.fd),
  };
  const document = await runStrategyProgram(request, json ? 'print' : 'read');
  if (!json) createOutput(json).answer(document, textOf(document as readonly SweepRow[]));
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
    `${String(shown.length)} of ${String(rows.length)} parameter sets, best first; --json prints all in their order`,
  ].join('\n');
}
