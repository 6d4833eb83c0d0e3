import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { retrainId } from '../../schemas/ids.ts';
import { DEFAULT_TIMING } from '../../schemas/payload.ts';
import type { RetrainNowInput, RolloutVerdict } from '../../schemas/payload.ts';
import { TaskQueue } from '../../schemas/task-queue.ts';
import { CommandError } from '../command-error.ts';
import { jobPlace, DEFAULT_FIRST_TRAIN, DEFAULT_SEED, demoSettings } from '../defaults.ts';
import { followOne } from '../follow-one.ts';
import { day, integerBetween, setting, withActor, withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput } from '../output.ts';
import { registered, registerStrategies } from '../register.ts';
import { withSession } from '../with-session.ts';
import type { Session } from '../session.ts';
import { strategyLabels } from '../workflow-labels.ts';

interface RetrainOptions extends CommonOptions {
  readonly strategy: string;
  readonly trainFrom: string;
  readonly trainTo: string;
  readonly set: Record<string, unknown>;
  readonly seed: number;
  readonly rollOut: boolean;
  readonly actor: string;
}

export function addRetrainCommand(program: Command): void {
  withActor(withCommonOptions(program.command('retrain')))
    .description('train a challenger by hand, and roll it out if asked to')
    .requiredOption('--strategy <id>', 'which strategy')
    .option('--train-from <day>', 'first day of training', day, DEFAULT_FIRST_TRAIN.from)
    .option('--train-to <day>', 'day after the training window', day, DEFAULT_FIRST_TRAIN.to)
    .option('--set <key=value>', 'a trainer setting; may be given often', setting, {})
    .option(
      '--seed <number>',
      'seed of search and training',
      integerBetween(0, 2 ** 31),
      DEFAULT_SEED,
    )
    .option('--roll-out', 'propose the challenger: gate, then publish', false)
    .addHelpText(
      'after',
      '\nThe last bars before --train-to are held out from search and fit, and judge the challenger.' +
        '\n\nExamples:\n  strategy-loop retrain --strategy rsi-macd --train-from 2010-01-01 --train-to 2014-01-01' +
        '\n  strategy-loop retrain --strategy rsi-macd --set candidates=500 --seed 11 --roll-out',
    )
    .action(runRetrain);
}

async function runRetrain(options: RetrainOptions): Promise<void> {
  const output = createOutput(options.json);
  if (options.trainFrom >= options.trainTo) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `--train-from ${options.trainFrom} must lie before --train-to ${options.trainTo}`,
    );
  }
  const place = jobPlace();
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: true, ...place },
    async (session) => {
      await checkSettings(session, options);
      const input: RetrainNowInput = {
        strategyId: options.strategy,
        requestId: randomUUID(),
        trainWindow: { from: options.trainFrom, to: options.trainTo },
        trainer: options.set,
        seed: options.seed,
        rollOut: options.rollOut,
        launcher: place.launcher,
        actor: options.actor,
        timing: DEFAULT_TIMING,
      };
      const id = retrainId(options.strategy, input.requestId);
      const result = await followOne<{ verdict: RolloutVerdict | null }>(session, id, () =>
        session.client.workflow.start('retrainNow', {
          workflowId: id,
          taskQueue: TaskQueue.Workflows,
          args: [input],
          ...strategyLabels(options.strategy, `${options.strategy}: retrain by ${options.actor}`),
        }),
      );
      const { verdict } = result;
      const text =
        verdict === null
          ? `${id}: a challenger is made; it was not rolled out`
          : `${id}: ${verdict.outcome}${verdict.version === null ? '' : ` as release ${String(verdict.version)}`} (${verdict.reason})`;
      output.answer({ retrainId: id, strategy: options.strategy, verdict }, text);
    },
  );
}

/** Refuses a setting that the strategy's trainer does not know, before anything is started. */
async function checkSettings(session: Session, options: RetrainOptions): Promise<void> {
  if ((await registered(session.pool, options.strategy)) === null) {
    await registerStrategies(session.pool, [demoSettings(options.strategy)]);
  }
  const stored = await registered(session.pool, options.strategy);
  const schema = stored?.description.trainerSchema as { properties?: object } | undefined;
  const known = Object.keys(schema?.properties ?? {}).sort();
  const unknown = Object.keys(options.set).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new CommandError(
    CommandExitCode.BadInput,
    `--set: ${options.strategy} has no trainer setting "${unknown}"; known: ${known.join(', ')}`,
  );
}
