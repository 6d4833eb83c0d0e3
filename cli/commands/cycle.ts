import { Option } from 'commander';
import type { Command } from 'commander';
import { listCycles, readCycle } from '../../adapters/postgres/cycles.ts';
import { readWaiting } from '../../adapters/postgres/waiting.ts';
import type { WaitingStage } from '../../adapters/postgres/waiting.ts';
import type { CycleState } from '../../adapters/postgres/cycles.ts';
import { readHistory } from '../../adapters/postgres/history.ts';
import { listStages } from '../../adapters/postgres/stages.ts';
import type { CycleKind } from '../../schemas/payload.ts';
import { DEFAULT_SEED } from '../defaults.ts';
import type { DecideOptions } from '../decide.ts';
import { historyText } from '../history-text.ts';
import { requireStrategy, unknownCycle } from '../known-ids.ts';
import {
  day,
  imageOption,
  integerBetween,
  withActor,
  withCommonOptions,
  withFormat,
} from '../options.ts';
import type { CommonOptions, ListOptions } from '../options.ts';
import { age, createOutput, fixed, table } from '../output.ts';
import type { Columns } from '../output.ts';
import type { StartOptions } from '../start-cycle.ts';
import { withStore } from '../store.ts';

export function addCycleCommands(program: Command): void {
  const cycle = program
    .command('cycle')
    .description('start, inspect and decide about cycles')
    .addHelpText('after', '\nExample:\n  strategy-loop cycle list --status awaiting-operator');
  withActor(withCommonOptions(cycle.command('start')))
    .description('run one cycle over one window')
    .requiredOption('--strategy <id>', 'which strategy')
    .requiredOption('--from <day>', 'first day of the window', day)
    .requiredOption('--to <day>', 'day after the window', day)
    .option(
      '--seed <number>',
      'seed of search and training',
      integerBetween(0, 2 ** 31),
      DEFAULT_SEED,
    )
    .addHelpText(
      'after',
      '\nExample:\n  strategy-loop cycle start --strategy rsi-macd --from 2020-01-01 --to 2020-04-01',
    )
    .action(async (options: StartOptions) => {
      const { startCycle } = await import('../start-cycle.ts');
      await startCycle(options);
    });
  withFormat(withCommonOptions(cycle.command('list')))
    .description('list cycles, the newest window of a strategy last')
    .addHelpText(
      'after',
      '\nExamples:\n  strategy-loop cycle list --strategy rsi-macd' +
        '\n  strategy-loop cycle list --kind retrain --format csv' +
        '\n  strategy-loop cycle list --waiting',
    )
    .option('--strategy <id>', 'of this strategy only')
    .addOption(
      new Option('--kind <kind>', 'manual retrains have no window that they trade')
        .choices(['cycle', 'retrain', 'all'])
        .default('cycle'),
    )
    .addOption(
      new Option('--status <status>', 'of this status only').choices([
        'running',
        'awaiting-operator',
        'completed',
        'aborted',
      ] satisfies CycleState[]),
    )
    .option('--waiting', 'only those that wait for a person, the oldest first', false)
    .option('--limit <number>', 'at most so many, the newest; 0 for all', integerBetween(0, 1e9), 0)
    .action(showCycles);
  withCommonOptions(cycle.command('status'))
    .description('show the stages of one cycle, and what it waits for')
    .addHelpText(
      'after',
      '\nExample:\n  strategy-loop cycle status cycle/rsi-macd/2012-01-01_2013-01-01',
    )
    .argument('<cycle>', 'id as `cycle list` prints it')
    .action(showStatus);
  withCommonOptions(cycle.command('history'))
    .description('show everything the store knows of a cycle or retrain, whatever Temporal forgot')
    .addHelpText(
      'after',
      '\nStages, attempts at jobs, decisions of operators, the gate and its evidence.' +
        '\n\nExample:\n  strategy-loop cycle history cycle/rsi-macd/2012-01-01_2013-01-01',
    )
    .argument('<cycle>', 'id as `cycle list` or `logs` prints it')
    .action(showHistory);
  addDecisions(cycle);
}

function addDecisions(cycle: Command): void {
  const decisions = [
    ['retry', 'run the failed stage again as a new attempt'],
    ['skip', 'go on without the failed stage (collect, retrain, roll-out)'],
    ['abort', 'end the cycle as failed; its window may be started again'],
  ] as const;
  for (const [action, description] of decisions) {
    withActor(withCommonOptions(cycle.command(action)))
      .description(description)
      .argument('<cycle>', 'id as `cycle list` prints it')
      .requiredOption('--reason <text>', 'why; kept in the record')
      .addOption(imageOption())
      .addHelpText(
        'after',
        `\nExample:\n  strategy-loop cycle ${action} cycle/rsi-macd/2012-01-01_2013-01-01 --reason "feed mended"`,
      )
      .action(async (id: string, options: DecideOptions) => {
        const { decide } = await import('../decide.ts');
        await decide(action, id, options);
      });
  }
}

interface ListCyclesOptions extends ListOptions {
  readonly strategy?: string;
  readonly kind: CycleKind | 'all';
  readonly status?: CycleState;
  readonly waiting: boolean;
  readonly limit: number;
}

async function showCycles(options: ListCyclesOptions): Promise<void> {
  const output = createOutput(options.json, options.format);
  await withStore({ dataDirectory: options.dataDir, output }, async (pool) => {
    await requireStrategy(pool, options.strategy);
    if (options.waiting) {
      const waiting = await readWaiting(pool, options.strategy ?? null);
      output.list({ waiting }, waitingColumns(waiting));
      return;
    }
    const all = (await listCycles(pool, options.strategy ?? null)).filter(
      ({ status }) => options.status === undefined || status === options.status,
    );
    const found = all.filter(({ kind }) => options.kind === 'all' || kind === options.kind);
    if (found.length === 0 && all.length > 0) {
      output.note(`none, but ${String(all.length)} of another kind; --kind all lists them`);
    }
    const cycles = options.limit === 0 ? found : found.slice(-options.limit);
    if (cycles.length < found.length) {
      output.note(
        `the newest ${String(cycles.length)} of ${String(found.length)}; --limit 0 prints all`,
      );
    }
    const waiting = new Map(
      (await readWaiting(pool, options.strategy ?? null)).map((each) => [each.cycleId, each.cause]),
    );
    const rows = cycles.map((row) => [
      row.cycleId,
      row.status,
      row.championVersion === null ? '' : String(row.championVersion),
      row.startedAt,
      waiting.get(row.cycleId) ?? '',
    ]);
    output.list(
      { cycles },
      { head: ['cycle', 'status', 'release', 'started', 'cause'], rows, wrap: 4 },
    );
  });
}

function waitingColumns(waiting: readonly WaitingStage[]): Columns {
  return {
    head: ['cycle', 'stage', 'waiting for', 'cause'],
    rows: waiting.map((row) => [row.cycleId, row.stage, age(row.ageMs), row.cause]),
    wrap: 3,
  };
}

async function showStatus(id: string, options: CommonOptions): Promise<void> {
  const output = createOutput(options.json);
  await withStore({ dataDirectory: options.dataDir, output }, async (pool) => {
    const found = await readCycle(pool, id);
    if (found === null) throw await unknownCycle(pool, id);
    const stages = await listStages(pool, id);
    const rows = stages.map((stage) => [
      stage.stage,
      stage.status,
      stage.ms === null ? '' : `${fixed(stage.ms, 0)} ms`,
      stage.waitedMs === 0 ? '' : age(stage.waitedMs),
      stage.cause ?? '',
    ]);
    output.answer(
      { cycle: found, stages },
      `${found.cycleId}: ${found.status}\n${table(['stage', 'status', 'time', 'waited', 'cause'], rows, 4)}`,
    );
  });
}

async function showHistory(id: string, options: CommonOptions): Promise<void> {
  const output = createOutput(options.json);
  await withStore({ dataDirectory: options.dataDir, output }, async (pool) => {
    const history = await readHistory(pool, id);
    if (history === null) throw await unknownCycle(pool, id);
    output.answer(history, historyText(history));
  });
}
