import type { Command } from 'commander';
import { readStatus } from '../../adapters/postgres/status.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import { readHealth } from '../health.ts';
import { withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput } from '../output.ts';
import { statusText } from '../status-text.ts';
import { findStore, readStore } from '../store.ts';

export function addStatusCommand(program: Command): void {
  withCommonOptions(program.command('status'))
    .description('show strategies, cycles, releases, what waits for a person, and health')
    .option('--all', 'every strategy and open cycle, not one screen of them', false)
    .addHelpText(
      'after',
      '\nIt reads the Postgres of a stack that runs on the data directory, else the one that' +
        '\nDATABASE_URL names. It starts nothing: when there is neither, it says so and exits with 69.' +
        '\n\nExamples:\n  strategy-loop status\n  strategy-loop status --all --json',
    )
    .action(showStatus);
}

async function showStatus(options: CommonOptions & { all: boolean }): Promise<void> {
  const output = createOutput(options.json);
  const store = await findStore(options.dataDir);
  if (store === null) {
    throw new CommandError(
      CommandExitCode.Unavailable,
      `no servers run on ${options.dataDir}, and DATABASE_URL is not set; \`status\` starts none. ` +
        'Start them with `strategy-loop up`; `strategy-loop cycle list` starts them for itself.',
    );
  }
  try {
    const status = await readStore(store, () => readStatus(store.pool));
    output.detail('the store is read');
    const health = await readHealth(store.pool, store.stack, options.dataDir);
    output.answer(
      { dataDirectory: options.dataDir, database: store.address, health, ...status },
      statusText(status, health, { address: store.address, all: options.all }),
    );
  } finally {
    await store.pool.end();
  }
}
