import type { Command } from 'commander';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { isStrategyPath } from '../schemas/strategy-path.ts';
import { CommandError } from './command-error.ts';

/** Commands that run a user's own file, on this machine and as this user. */
const TAKES_PATHS = new Set(['backtest', 'sweep']);

/**
 * Refuses the path of a file where a strategy of the loop is meant: its workers run what their build
 * has, so that a release can be made again from its manifest.
 *
 * @throws {CommandError} that says where a path can be used, and how such a strategy gets into the loop.
 */
export function refuseStrategyPath(command: Command): void {
  const { strategy } = command.opts<{ strategy?: unknown }>();
  if (typeof strategy !== 'string' || TAKES_PATHS.has(command.name())) return;
  if (!isStrategyPath(strategy)) return;
  throw new CommandError(
    CommandExitCode.BadInput,
    `--strategy must be the id of an installed strategy here, was the path ${strategy}. The path of a file works ` +
      'with backtest, sweep, check and strategy, which run it on your own machine. Workers run what their build has: ' +
      'to trade it, put the file into strategies/ and its name into strategies/registry.ts, and build.',
  );
}
