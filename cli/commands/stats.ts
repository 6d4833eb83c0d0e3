import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ReturnStatistics } from '../../engine/statistics/return-statistics.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import { readNumbers } from '../number-file.ts';
import { integerBetween, withOutput } from '../options.ts';
import { createOutput, fixed, percent, table } from '../output.ts';

interface StatsOptions {
  readonly returns: string;
  readonly trials?: string;
  readonly periodsPerYear: number;
  readonly target: number;
  readonly sharpeThreshold: number;
  readonly confidence: number;
  readonly lags?: number;
  readonly block?: number;
  readonly resamples: number;
  readonly seed: number;
  readonly json: boolean;
}

const HELP = `
The file holds a JSON array of simple returns per period, oldest first, or an object with such an
array as "returns". Definitions and sources: docs/statistics.md. An undefined figure is null.

Exit codes: 0; 64 wrong options; 65 a file cannot be read or holds something else than returns.

Examples:
  strategy-loop stats --returns returns.json
  strategy-loop stats --returns returns.json --trials trial-sharpes.json --json`;

export function addStatsCommand(program: Command): void {
  withOutput(program.command('stats'))
    .description('print every statistic of one series of returns')
    .addHelpText('after', HELP)
    .requiredOption('--returns <file>', 'JSON file with the returns')
    .option('--trials <file>', 'JSON array of the Sharpe ratios of all trials, per period')
    .option('--periods-per-year <number>', 'to annualize with', finiteNumber, 252)
    .option('--target <return>', 'target return per period of Sortino', finiteNumber, 0)
    .option('--sharpe-threshold <ratio>', 'SR* of psr and minTrl, per period', finiteNumber, 0)
    .option('--confidence <share>', 'confidence of minTrl, within 0 and 1', finiteNumber, 0.95)
    .option('--lags <number>', 'lags of Newey-West', integerBetween(0, 1e6))
    .option('--block <number>', 'mean block length of the bootstrap', finiteNumber)
    .option('--resamples <number>', 'of the bootstrap', integerBetween(1, 1e6), 1000)
    .option('--seed <number>', 'of the bootstrap', integerBetween(0, 2 ** 32 - 1), 1)
    .action(printStatistics);
}

function finiteNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('it must be a finite number.');
}

async function printStatistics(options: StatsOptions): Promise<void> {
  const returns = await readNumbers(options.returns, 'returns');
  const trialSharpes =
    options.trials === undefined ? null : await readNumbers(options.trials, 'trials');
  // Loaded here, so that no other command waits for the tables of the normal distribution.
  const { returnStatistics } = await import('../../engine/statistics/return-statistics.ts');
  const { periodsPerYear, target, sharpeThreshold, confidence, resamples, seed } = options;
  try {
    const statistics = returnStatistics(returns, {
      ...{ periodsPerYear, target, sharpeThreshold, confidence, trialSharpes, resamples, seed },
      lags: options.lags ?? null,
      blockPeriods: options.block ?? null,
    });
    createOutput(options.json).answer(statistics, textOf(statistics));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'PreconditionError') throw error;
    const message = `${error.message}, for the returns of ${options.returns}. See strategy-loop stats --help.`;
    throw new CommandError(CommandExitCode.BadInput, message, { cause: error });
  }
}

const GAINS = new Set(['totalReturn', 'cagr']);
const SHARES = new Set(['maxDrawdown', 'hitRate', 'psr', 'dsr']);
const COUNTS = new Set(['periods', 'drawdownPeriods']);

function textOf({ settings, ...figures }: ReturnStatistics): string {
  const rows = Object.entries(figures).map(([name, value]) => [name, shown(name, value)]);
  const used = `lags ${String(settings.lags)}, mean block ${String(settings.blockPeriods)}, ${String(settings.resamples)} resamples`;
  return `${table(['statistic', 'value'], rows)}\n\n${used}; null is undefined`;
}

function shown(name: string, value: number | null): string {
  if (value === null) return 'null';
  if (COUNTS.has(name)) return String(value);
  if (SHARES.has(name)) return `${fixed(100 * value, 1)} %`;
  return GAINS.has(name) ? percent(value) : fixed(value, 6);
}
