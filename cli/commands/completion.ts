import { Argument } from 'commander';
import type { Command } from 'commander';
import type { StorePool } from '../../adapters/postgres/pool.ts';
import { listStrategyIds } from '../../adapters/postgres/strategies.ts';
import { defaultDataDirectory } from '../../infra/local/data-directory.ts';
import { bashScript } from '../completion/bash.ts';
import { commandTree, ID_KINDS } from '../completion/command-tree.ts';
import type { CommandSpec, IdKind } from '../completion/command-tree.ts';
import { fishScript } from '../completion/fish.ts';
import { zshScript } from '../completion/zsh.ts';
import { findStore } from '../store.ts';

const SHELLS: Readonly<Record<string, (tree: readonly CommandSpec[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Nobody reads longer lists while typing. */
const IDS_MAX = 200;

/** @param whole makes the program with every command. */
export function addCompletionCommands(program: Command, whole: () => Promise<Command>): void {
  program
    .command('completion')
    .description('print a script that completes commands, options and ids in your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      '\nIds of strategies, cycles, series and releases are completed while servers run, or DATABASE_URL names one.' +
        '\n\nExamples:\n  source <(strategy-loop completion bash)' +
        '\n  strategy-loop completion fish > ~/.config/fish/completions/strategy-loop.fish',
    )
    .action(async (shell: string) => {
      process.stdout.write(`${SHELLS[shell]?.(commandTree(await whole())) ?? ''}\n`);
    });
  program
    .command('ids', { hidden: true })
    .description('print the ids of a kind, one a line; for the scripts of `completion`')
    .addArgument(new Argument('<kind>').choices(ID_KINDS))
    .argument('[words...]', 'the command line so far: its --data-dir counts')
    .addHelpText('after', '\nExample:\n  strategy-loop ids strategies')
    .action(printIds);
}

/** Prints nothing when there is no store to ask: a completion must not complain. */
async function printIds(kind: IdKind, words: readonly string[]): Promise<void> {
  const at = words.lastIndexOf('--data-dir');
  const given = at === -1 ? undefined : words[at + 1];
  const store = await findStore(given ?? defaultDataDirectory()).catch(() => null);
  if (store === null) return;
  try {
    const ids = await idsOf(kind, store.pool);
    process.stdout.write(ids.map((id) => `${id}\n`).join(''));
  } catch {
    // As above: whatever is wrong with the store, `status` and `doctor` say it better.
  } finally {
    await store.pool.end();
  }
}

/** What each kind is read by, newest or most urgent first. */
const QUERIES: Readonly<Record<Exclude<IdKind, 'strategies'>, string>> = {
  // Those that wait for a person: they are the ones that commands are typed for.
  cycles: `select cycle_id as id from cycles
    order by status = 'awaiting-operator' desc, started_at desc limit $1`,
  series: 'select series_id as id from series order by series_id limit $1',
  releases: `select strategy_id || '@' || version as id from releases
    order by strategy_id, version desc limit $1`,
};

async function idsOf(kind: IdKind, pool: StorePool): Promise<string[]> {
  if (kind === 'strategies') return listStrategyIds(pool);
  const { rows } = await pool.query<{ id: string }>(QUERIES[kind], [IDS_MAX]);
  return rows.map(({ id }) => id);
}
