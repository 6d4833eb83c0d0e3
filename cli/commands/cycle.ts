import type { Command } from 'commander';
import { listCycles, readCycle } from '../../adapters/postgres/cycles.ts';
import { readWaiting } from '../../adapters/postgres/waiting.ts';
import type { WaitingStage } from '../../adapters/postgres/waiting.ts';
import { listStages } from '../../adapters/postgres/stages.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { cycleId } from '../../schemas/ids.ts';
import { DEFAULT_TIMING } from '../../schemas/payload.ts';
import type { CycleSummary, StrategyCycleInput } from '../../schemas/payload.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { CommandError } from '../command-error.ts';
import { DEFAULT_SEED, demoSettings } from '../defaults.ts';
import { decide } from '../decide.ts';
import type { DecideOptions } from '../decide.ts';
import { followOne } from '../follow-one.ts';
import { day, integerBetween, withActor, withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { age, createOutput, fixed, table } from '../output.ts';
import { registered, registerStrategies } from '../register.ts';
import { withSession } from '../with-session.ts';
import { cyclesTable } from '../summary-text.ts';
import { strategyLabels } from '../workflow-labels.ts';

interface StartOptions extends CommonOptions {
  readonly strategy: string;
  readonly from: string;
  readonly to: string;
  readonly seed: number;
  readonly actor: string;
}

export function addCycleCommands(program: Command): void {
  const cycle = program.command('cycle').description('start, inspect and decide about cycles');
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
    .action(startCycle);
  withCommonOptions(cycle.command('list'))
    .description('list cycles')
    .addHelpText(
      'after',
      '\nExamples:\n  strategy-loop cycle list --strategy rsi-macd\n  strategy-loop cycle list --waiting',
    )
    .option('--strategy <id>', 'of this strategy only')
    .option('--waiting', 'only those that wait for a person, the oldest first', false)
    .action(showCycles);
  withCommonOptions(cycle.command('status'))
    .description('show the stages of one cycle, and what it waits for')
    .addHelpText(
      'after',
      '\nExample:\n  strategy-loop cycle status cycle/rsi-macd/2012-01-01_2013-01-01',
    )
    .argument('<cycle>', 'id as `cycle list` prints it')
    .action(showStatus);
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
      .addHelpText(
        'after',
        `\nExample:\n  strategy-loop cycle ${action} cycle/rsi-macd/2012-01-01_2013-01-01 --reason "feed mended"`,
      )
      .action((id: string, options: DecideOptions) => decide(action, id, options));
  }
}

async function startCycle(options: StartOptions): Promise<void> {
  const output = createOutput(options.json);
  if (options.from >= options.to) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `--from ${options.from} must lie before --to ${options.to}`,
    );
  }
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: true },
    async (session) => {
      if ((await registered(session.pool, options.strategy)) === null) {
        await registerStrategies(session.pool, [demoSettings(options.strategy)]);
      }
      const window = { from: options.from, to: options.to };
      const id = cycleId(options.strategy, window);
      const input: StrategyCycleInput = {
        strategyId: options.strategy,
        window,
        clock: 'replay',
        seed: options.seed,
        launcher: LauncherKind.Process,
        actor: options.actor,
        timing: DEFAULT_TIMING,
      };
      const summary = await followOne<CycleSummary>(session, id, () =>
        session.client.workflow.start('strategyCycle', {
          workflowId: id,
          taskQueue: TaskQueue.Workflows,
          workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
          args: [input],
          ...strategyLabels(
            options.strategy,
            `${options.strategy}: ${window.from} to ${window.to}`,
          ),
        }),
      );
      output.answer(summary, cyclesTable([summary]));
    },
  );
}

async function showCycles(
  options: CommonOptions & { strategy?: string; waiting: boolean },
): Promise<void> {
  const output = createOutput(options.json);
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: false },
    async (session) => {
      if (options.waiting) {
        const waiting = await readWaiting(session.pool, options.strategy ?? null);
        output.answer({ waiting }, waitingTable(waiting));
        return;
      }
      const cycles = await listCycles(session.pool, options.strategy ?? null);
      const rows = cycles.map((row) => [
        row.cycleId,
        row.status,
        row.championVersion === null ? '' : String(row.championVersion),
        row.startedAt,
      ]);
      output.answer({ cycles }, table(['cycle', 'status', 'release', 'started'], rows));
    },
  );
}

function waitingTable(waiting: readonly WaitingStage[]): string {
  if (waiting.length === 0) return 'no cycle waits for a person';
  return table(
    ['cycle', 'stage', 'waiting for', 'cause'],
    waiting.map((row) => [row.cycleId, row.stage, age(row.ageMs), row.cause]),
  );
}

async function showStatus(id: string, options: CommonOptions): Promise<void> {
  const output = createOutput(options.json);
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: false },
    async (session) => {
      const found = await readCycle(session.pool, id);
      if (found === null) {
        throw new CommandError(
          CommandExitCode.BadInput,
          `there is no cycle "${id}"; \`strategy-loop cycle list\` prints the ids`,
        );
      }
      const stages = await listStages(session.pool, id);
      const rows = stages.map((stage) => [
        stage.stage,
        stage.status,
        stage.ms === null ? '' : `${fixed(stage.ms, 0)} ms`,
        stage.waitedMs === 0 ? '' : age(stage.waitedMs),
        stage.cause ?? '',
      ]);
      output.answer(
        { cycle: found, stages },
        `${found.cycleId}: ${found.status}\n${table(['stage', 'status', 'time', 'waited', 'cause'], rows)}`,
      );
    },
  );
}
