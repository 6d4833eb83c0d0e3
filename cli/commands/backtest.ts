import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { BacktestPart } from '../../schemas/backtest.ts';
import type { Metrics } from '../../schemas/metrics.ts';
import { createOutput, fixed, percent, table } from '../output.ts';
import { runStrategyProgram } from '../strategy-program.ts';
import { strategyRequest, withStrategyOptions } from '../strategy-options.ts';
import type { StrategyOptions } from '../strategy-options.ts';

interface BacktestOptions extends StrategyOptions {
  readonly params: string;
  readonly include: readonly BacktestPart[];
}

/** The figures of the document that are shown as text. */
interface BacktestDocument {
  readonly bars: number;
  readonly trades: readonly unknown[];
  readonly finalEquity: number;
  readonly maxDrawdown: number;
  readonly metrics: Metrics;
}

const HELP = `
Exit codes: 0 done, 64 wrong command line, 65 wrong file, parameter or strategy, 130 interrupted.

Examples:
  strategy-loop backtest --strategy rsi-macd --data prices.csv --fee-bps 1
  strategy-loop backtest --strategy rsi-macd --data prices.csv --params '{"rsiPeriod":10}' --warm-up 250 --sizing all-in --include equity --json`;

export function addBacktestCommand(program: Command): void {
  withStrategyOptions(program.command('backtest'))
    .description('run a strategy over a price file; no server is needed')
    .option('--params <json>', 'parameters; those left out have their defaults', '{}')
    .option(
      '--include <parts>',
      `also print, with --json: ${BacktestPart.options.join(', ')}`,
      parts,
      [],
    )
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
  const document = await runStrategyProgram(request, json ? 'print' : 'read');
  if (!json) createOutput(json).answer(document, textOf(document as BacktestDocument));
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
      ['trades', String(trades.length)],
      ['final equity', fixed(finalEquity)],
      ['return', percent(metrics.totalReturn)],
      ['a year', percent(metrics.annualReturn)],
      ['Sharpe', fixed(metrics.sharpe)],
      ['largest drawdown', percent(-maxDrawdown)],
      ['turnover', fixed(metrics.turnover)],
    ],
  ).trimStart();
}
