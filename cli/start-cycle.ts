import { CommandExitCode } from '../schemas/exit-code.ts';
import { cycleId } from '../schemas/ids.ts';
import { DEFAULT_TIMING } from '../schemas/payload.ts';
import type { CycleSummary, StrategyCycleInput } from '../schemas/payload.ts';
import { TaskQueue } from '../schemas/task-queue.ts';
import { CommandError } from './command-error.ts';
import { jobPlace, demoSettings } from './defaults.ts';
import { followOne } from './follow-one.ts';
import type { CommonOptions } from './options.ts';
import { createOutput } from './output.ts';
import { registered, registerStrategies } from './register.ts';
import { cyclesTable } from './summary-text.ts';
import { refuseUnfinished } from './today.ts';
import { withSession } from './with-session.ts';
import { strategyLabels } from './workflow-labels.ts';

export interface StartOptions extends CommonOptions {
  readonly strategy: string;
  readonly from: string;
  readonly to: string;
  readonly seed: number;
  readonly actor: string;
}

/** Runs one cycle over one window and follows it to its end. */
export async function startCycle(options: StartOptions): Promise<void> {
  const output = createOutput(options.json);
  if (options.from >= options.to) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `--from ${options.from} must lie before --to ${options.to}`,
    );
  }
  refuseUnfinished(options, { name: '--to', wayOut: 'choose an end by then' });
  const place = jobPlace();
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: true, ...place },
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
        launcher: place.launcher,
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
