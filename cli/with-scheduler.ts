import { ScheduleNotFoundError } from '@temporalio/client';
import { findRunningStack } from '../infra/local/stack.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';
import type { CommonOptions } from './options.ts';
import { createOutput } from './output.ts';
import type { Session } from './session.ts';
import { withSession } from './with-session.ts';

/** Schedules live in Temporal: they need a server that stays up. */
export async function withScheduler(
  options: CommonOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const output = createOutput(options.json);
  const running = await findRunningStack(options.dataDir);
  if (running === null && process.env['TEMPORAL_ADDRESS'] === undefined) {
    throw new CommandError(
      CommandExitCode.Unavailable,
      'schedules need a server that stays up: start one with `strategy-loop up`, or set TEMPORAL_ADDRESS',
    );
  }
  await withSession({ dataDirectory: options.dataDir, output, withWorker: false }, work);
}

/** What a command says of a schedule that is not there; any other error as it is. */
export function missingSchedule(error: unknown, id: string): unknown {
  if (!(error instanceof ScheduleNotFoundError)) return error;
  return new CommandError(
    CommandExitCode.BadInput,
    `there is no ${id}; make one with \`strategy-loop schedule create\` or \`strategy-loop apply\``,
    { cause: error },
  );
}
