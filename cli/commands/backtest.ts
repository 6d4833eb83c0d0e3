import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { BacktestPart } from '../../schemas/backtest.ts';
import type { Metrics } from '../../schemas/metrics.ts';
import { tradeCounts } from '../../schemas/trade-counts.ts';
import { createOutput, fixed, percent, table } from '../output.ts';
import { runRequest } from '../run-request.ts';
import {
  requireLauncher,
  strategyRequest,
  withJobOptions,
  withStrategyOptions,
} from '../strategy-options.ts';
import type { JobOptions, StrategyOptions } from '../strategy-options.ts';
import { backtestFiles, withFileOptions, type FileOptions } from '../wanted-files.ts';

interface BacktestOptions extends StrategyOptions, JobOptions, FileOptions {
  readonly params: string;
  readonly include: readonly BacktestPart[];
}

/** The figures of the document that are shown as text. */
interface BacktestDocument {
  readonly bars: number;
  readonly trades: readonly { readonly exitIndex: number | null }[];
  readonly finalEquity: number;
  readonly maxDrawdown: number;
  readonly metrics: Metrics;
}

const HELP = `
Exit codes: 0 done, 1 a job failed, 64 wrong command line, 65 wrong file, parameter or strategy,
69 no Docker Engine, 73 a file cannot be written, 130 interrupted.

Examples:
  strategy-loop backtest --strategy rsi-macd --data prices.csv --fee-bps 1
  strategy-loop backtest --strategy rsi-macd --data prices.csv --report backtest.html --out tables --format parquet
  strategy-loop backtest --strategy ./my-strategy.ts --data prices.csv
  strategy-loop backtest --strategy rsi-macd --data prices.csv --launcher process --shards 3
  strategy-loop backtest --strategy rsi-macd --data prices.csv --params '{"rsiPeriod":10}' --warm-up 250 --sizing all-in --include equity --json`;

export function addBacktestCommand(program: Command): void {
  const command = withStrategyOptions(program.command('backtest'))
    .description('run a strategy over a price file; no server is needed')
    .option('--params <json>', 'parameters; those left out have their defaults', '{}')
    .option(
      '--include <parts>',
      `also print, with --json: ${BacktestPart.options.join(', ')}`,
      parts,
      [],
    );
  withFileOptions(command, ['folder', 'write trades, equity and decisions into this folder']);
  withJobOptions(command, 'jobs that walk spans of the bars, one after another')
    .addHelpText('after', HELP)
    .action(runBacktest);
}

async function runBacktest(options: BacktestOptions): Promise<void> {
  const { params, include, json } = options;
  const request = {
    command: 'backtest' as const,
    ...strategyRequest(options),
    parameters: params,
    include: [...include],
  };
  requireLauncher(options);
  await runRequest(
    { request, files: backtestFiles(options), jobs: options, output: createOutput(json) },
    (document) => textOf(document as BacktestDocument),
  );
}

/** Parses `indicators,equity`. */
function parts(text: string): BacktestPart[] {
  return text.split(',').map((name) => {
    const known = BacktestPart.options.find((part) => part === name.trim());
    if (known !== undefined) return known;
    throw new InvalidArgumentError(`it must name some of ${BacktestPart.options.join(', ')}.`);
  });
}

function textOf({ bars, trades, finalEquity, maxDrawdown, metrics }: BacktestDocument): string {
  return table(
    ['', ''],
    [
      ['bars', String(bars)],
      ['trades', tradesText(trades)],
      ['final equity', fixed(finalEquity)],
      ['return', percent(metrics.totalReturn)],
      ['a year', percent(metrics.annualReturn)],
      ['Sharpe', fixed(metrics.sharpe)],
      ['largest drawdown', percent(-maxDrawdown)],
      ['turnover', fixed(metrics.turnover)],
    ],
  ).trimStart();
}

/** One that is still open counts as a trade, and is told apart from those that came to an end. */
function tradesText(trades: BacktestDocument['trades']): string {
  const { closed, open } = tradeCounts(trades);
  return open === 0 ? String(closed) : `${String(closed)}, and ${String(open)} open`;
}
