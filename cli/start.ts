/**
 * Entry of the `strategy-loop` command. Commands that need neither Postgres nor Temporal are loaded
 * alone: the clients of those take longer to load than such a command to run.
 */
import type { Command } from 'commander';

/** Quick commands by name: each loads its own module only. */
const QUICK_COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  backtest: async () => (await import('./commands/backtest.ts')).addBacktestCommand,
  sweep: async () => (await import('./commands/sweep.ts')).addSweepCommand,
};

async function start(argv: readonly string[]): Promise<void> {
  const name = argv[0] ?? '';
  const load = Object.hasOwn(QUICK_COMMANDS, name) ? QUICK_COMMANDS[name] : undefined;
  if (load === undefined) {
    await import('./main.ts');
    return;
  }
  const { createBaseProgram, runProgram } = await import('./base-program.ts');
  const program = createBaseProgram();
  (await load())(program);
  process.exitCode = await runProgram(program, argv);
}

await start(process.argv.slice(2));
