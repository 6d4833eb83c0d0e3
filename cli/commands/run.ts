import type { Command } from 'commander';
import { listOpenRuns, stopRun } from '../long-runs.ts';
import { withActor, withCommonOptions, withFormat } from '../options.ts';
import type { CommonOptions, ListOptions } from '../options.ts';
import { createOutput, shortTime } from '../output.ts';
import { withSession } from '../with-session.ts';

/** `strategy-loop run …`: replays, back-fills and starts by the clock, which outlive whoever started them. */
export function addRunCommands(program: Command): void {
  const run = program
    .command('run')
    .description('list and stop replays, back-fills and scheduled starts that are under way')
    .addHelpText('after', '\nExample:\n  strategy-loop run list');
  withFormat(withCommonOptions(run.command('list')))
    .description(
      'list replays, back-fills and scheduled starts that are under way, the oldest first',
    )
    .addHelpText(
      'after',
      '\nOne whose servers were stopped is under way, too: `strategy-loop up` goes on with it.' +
        '\n\nExample:\n  strategy-loop run list',
    )
    .action(showRuns);
  withActor(withCommonOptions(run.command('stop')))
    .description(
      'stop a replay, back-fill or scheduled start; the cycle that it is at goes on to its end',
    )
    .argument('<run>', 'id as `run list` prints it')
    .option('--reason <text>', 'why; kept in Temporal', 'no reason given')
    .addHelpText(
      'after',
      '\nWhat was done is kept, and the command that started it goes on from there when it is given again.' +
        '\nWhoever watches the run is told, with exit code 1. Exit codes: 0 stopped; 65 no such run is under way.' +
        '\n\nExample:\n  strategy-loop run stop backfill/rsi-macd --reason "wrong span"',
    )
    .action(stop);
}

async function showRuns(options: ListOptions): Promise<void> {
  const output = createOutput(options.json, options.format);
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: false },
    async (session) => {
      const runs = await listOpenRuns(session);
      const rows = runs.map((each) => [
        each.run,
        each.wanted,
        shortTime(each.since),
        each.cycleId ?? '',
      ]);
      output.list({ runs }, { head: ['run', 'what', 'since (UTC)', 'at cycle'], rows });
    },
  );
}

async function stop(
  run: string,
  options: CommonOptions & { readonly reason: string; readonly actor: string },
): Promise<void> {
  const output = createOutput(options.json);
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: false },
    async (session) => {
      const cycleId = await stopRun(session, run, options);
      const rest = cycleId === null ? '' : `; ${cycleId} goes on to its end`;
      output.answer({ run, cycleId }, `${run} is stopped${rest}`);
    },
  );
}
