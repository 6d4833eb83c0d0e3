import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { BacktestRequest, Sizing } from '../schemas/backtest.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { LauncherKind } from '../schemas/task-queue.ts';
import { INITIAL_CASH } from '../schemas/initial-cash.ts';
import { CommandError } from './command-error.ts';
import { imageOption, integerBetween, withOutput } from './options.ts';

/** Options of the commands that run a strategy over a price file. */
export interface StrategyOptions {
  readonly strategy: string;
  readonly data: string;
  readonly model?: string;
  readonly feeBps: number;
  readonly halfSpreadBps: number;
  readonly initialCash: number;
  readonly warmUp?: number;
  readonly sizing: Sizing;
  readonly json: boolean;
}

const BPS_MAX = 1000;
const CASH_MAX = 1e15;

export function withStrategyOptions(command: Command): Command {
  const bps = numberBetween(0, BPS_MAX);
  return withOutput(command)
    .requiredOption('--strategy <id|file>', 'strategy such as rsi-macd, or ./my-strategy.ts')
    .requiredOption('--data <file>', 'price file: date, open, high, low, close, volume', absolute)
    .option('--model <file>', 'ONNX model, for strategies that read one', absolute)
    .option('--fee-bps <bps>', 'fee per side, in 1/10,000 of the traded notional', bps, 0)
    .option('--half-spread-bps <bps>', 'half of the spread, paid on every fill', bps, 0)
    .option('--initial-cash <amount>', 'cash at the start', cash, INITIAL_CASH)
    .option(
      '--warm-up <bars>',
      "index of the first bar that is decided on; the strategy's own by default",
      integerBetween(0, 1_000_000_000),
    )
    .addOption(
      new Option('--sizing <rule>', 'what is bought: the whole cash, or the share it targets')
        .choices(['all-in', 'target'])
        .default('target'),
    );
}

/** Options that run the work as jobs. */
export interface JobOptions {
  readonly launcher?: LauncherKind;
  readonly image?: string;
  readonly shards?: number;
}

const SHARDS_MAX = 64;

export function withJobOptions(command: Command, shards: string): Command {
  return command
    .addOption(
      new Option(
        '--launcher <kind>',
        'run as jobs there; in one process of this machine by default',
      ).choices(Object.values(LauncherKind)),
    )
    .addOption(imageOption())
    .option('--shards <count>', shards, integerBetween(1, SHARDS_MAX));
}

/** @throws {CommandError} when the work is to be divided and no job is to run. */
export function requireLauncher({ launcher, shards }: JobOptions): void {
  if (launcher !== undefined || shards === undefined) return;
  throw new CommandError(
    CommandExitCode.Usage,
    '--shards divides the work among jobs: say with --launcher where they run, such as --launcher process.',
  );
}

/** The part of a request that these options say. */
export function strategyRequest(
  options: StrategyOptions,
): Omit<BacktestRequest, 'command' | 'parameters' | 'include'> {
  return {
    strategyId: options.strategy,
    dataFile: options.data,
    modelFile: options.model ?? null,
    costModel: { feeBps: options.feeBps, halfSpreadBps: options.halfSpreadBps },
    initialCash: options.initialCash,
    warmUp: options.warmUp ?? null,
    sizing: options.sizing,
    now: new Date().toISOString(),
  };
}

/**
 * A path as the shell's working directory makes it.
 *
 * @throws {InvalidArgumentError} for a pipe of the shell, such as `<(…)`: another process reads the
 *   file, and more than once.
 */
export function absolute(path: string): string {
  if (PIPE.test(path) || path === '/dev/stdin') {
    throw new InvalidArgumentError('it must be a file, not a pipe: write it to a file first.');
  }
  return resolve(path);
}

/**
 * The same for something that is to be written.
 *
 * @throws {InvalidArgumentError} for a pipe of the shell, such as `>(…)`, and for a device: a file takes
 *   its place when it is whole, and those cannot be replaced.
 */
export function destination(path: string): string {
  if (PIPE.test(path) || /^\/dev\/(stdin|stdout|stderr|null|tty)$/.test(path)) {
    throw new InvalidArgumentError(
      'it must be a file or a folder to write, not a pipe or a device: name one, and read it afterwards.',
    );
  }
  return resolve(path);
}

/** What the shell puts in place of `<(…)` and `>(…)`. */
const PIPE = /^\/(dev|proc\/self)\/fd\/\d+$/;

function numberBetween(low: number, high: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`it must be a number from ${String(low)} to ${String(high)}.`);
  };
}

function cash(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= CASH_MAX) return value;
  throw new InvalidArgumentError(`it must be a number above 0, at most ${String(CASH_MAX)}.`);
}
