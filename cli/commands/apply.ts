import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { checkInstalled, checkRecords } from '../apply-checks.ts';
import { carryOut, planApply } from '../apply-plan.ts';
import type { ApplyPlan } from '../apply-plan.ts';
import { CommandError } from '../command-error.ts';
import { withActor, withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput } from '../output.ts';
import { describeStrategies } from '../register.ts';
import { diffText } from '../settings-diff.ts';
import { readStrategiesFile } from '../strategies-file.ts';
import { withSession } from '../with-session.ts';

interface ApplyOptions extends CommonOptions {
  readonly file: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly actor: string;
}

export function addApplyCommand(program: Command): void {
  withActor(withCommonOptions(program.command('apply')))
    .description('bring strategies and their schedules to what a settings file says')
    .requiredOption('-f, --file <file>', 'the settings file, YAML')
    .option('--dry-run', 'show the difference and change nothing', false)
    .option('-y, --yes', 'do not ask; needed where nobody can be asked', false)
    .addHelpText(
      'after',
      '\nThe difference is shown first. Strategies that the file does not describe any more lose their' +
        '\nschedule and keep their record. Applying a file twice changes nothing the second time.' +
        '\n\nExit codes: 0 applied, or nothing to do; 64 nobody can be asked; 65 the file is wrong.' +
        '\n\nExamples:\n  strategy-loop apply -f examples/strategies.yaml --dry-run' +
        '\n  strategy-loop apply -f strategies.yaml --yes --json',
    )
    .action(runApply);
}

async function runApply(options: ApplyOptions): Promise<void> {
  const output = createOutput(options.json);
  const descriptions = await describeStrategies();
  const file = await readStrategiesFile(options.file, (entries) =>
    checkInstalled(entries, descriptions),
  );
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: false },
    async (session) => {
      const plan = await planApply(session, file.wanted);
      const refused = await checkRecords(session.pool, file.wanted, plan.changes);
      if (refused.length > 0) throw file.error(refused);
      const text = planText(plan);
      const isEmpty = plan.changes.length + plan.schedules.length === 0;
      if (isEmpty || options.dryRun) {
        const end = isEmpty ? 'no changes' : `${text}\nnothing was changed (--dry-run)`;
        output.answer({ isApplied: false, ...plan }, end);
        return;
      }
      if (!options.yes) await askFirst(text);
      await carryOut(session, plan, { wanted: file.wanted, descriptions, actor: options.actor });
      if (session.isOwner && plan.schedules.length > 0) {
        output.note('schedules start cycles while `strategy-loop up` runs on this data directory');
      }
      output.answer({ isApplied: true, ...plan }, `${options.yes ? `${text}\n` : ''}applied`);
    },
  );
}

function planText({ changes, schedules }: ApplyPlan): string {
  return [
    ...(changes.length === 0 ? [] : [diffText(changes)]),
    ...schedules.map(({ strategyId, action }) => `* schedule of ${strategyId}: ${action}`),
  ].join('\n');
}

/** @throws {CommandError} when the answer is no, or nobody can be asked. */
async function askFirst(text: string): Promise<void> {
  process.stderr.write(`${text}\n`);
  if (!process.stdin.isTTY) {
    throw new CommandError(
      CommandExitCode.Usage,
      'nobody can be asked on this terminal: --yes must be given to apply this; nothing was changed',
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question('Apply this? [y/N] ');
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    prompt.close();
  }
  throw new CommandError(CommandExitCode.Failed, 'not applied; nothing was changed');
}
