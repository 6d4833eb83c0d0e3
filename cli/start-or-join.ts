import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { TaskQueue } from '../schemas/task-queue.ts';
import { CommandError } from './command-error.ts';
import type { Session } from './session.ts';
import type { strategyLabels } from './workflow-labels.ts';

/** A long workflow that a command starts, or finds running. */
export interface LongRun {
  readonly workflow: 'replayLoop' | 'backfill';
  readonly workflowId: string;
  readonly input: unknown;
  /** What is asked for, in words. Kept with the workflow: only the same words join it. */
  readonly wanted: string;
  readonly labels: ReturnType<typeof strategyLabels>;
  /** What is said about one that runs with other words. */
  readonly refusal: (running: string) => string;
}

/**
 * Starts a workflow, or joins the one that an interrupted command has left: it goes on.
 *
 * @throws {CommandError} when another one runs under its name, which would be another experiment.
 */
export async function startOrJoin(
  { client, watched }: Session,
  run: LongRun,
): Promise<WorkflowHandle> {
  const { workflowId, wanted } = run;
  try {
    const started = await client.workflow.start(run.workflow, {
      workflowId,
      taskQueue: TaskQueue.Workflows,
      args: [run.input],
      memo: { wanted },
      ...run.labels,
    });
    watched.add(workflowId);
    return started;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const handle = client.workflow.getHandle(workflowId);
    const running = String((await handle.describe()).memo?.['wanted']);
    if (running === wanted) {
      watched.add(workflowId);
      return handle;
    }
    throw new CommandError(CommandExitCode.BadInput, run.refusal(running), { cause: error });
  }
}
