import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';
import { interruptedText } from './interrupted-text.ts';
import { openSession } from './session.ts';
import type { Session, SessionOptions } from './session.ts';

/**
 * Runs a command's work in a session and closes it: after success, after failure, and on Ctrl-C or
 * SIGTERM, also while it is still being opened, so that no process is left behind. A second Ctrl-C
 * ends at once.
 *
 * @throws {CommandError} with exit code 130 when it was interrupted.
 * @throws {ServerUnavailableError} when a server of this command's own cannot be kept up.
 */
export async function withSession<T>(
  options: SessionOptions,
  work: (session: Session, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const opened: { session: Session | null } = { session: null };
  const interrupted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => {
      reject(new CommandError(CommandExitCode.Interrupted, interruptedText(opened.session)));
    });
  });
  // Nobody may be waiting when the signal arrives.
  interrupted.catch(() => undefined);
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(CommandExitCode.Interrupted);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const session = await openSession(options);
    opened.session = session;
    try {
      const lost = session.stack.givenUp.then((error) => Promise.reject(error));
      return await Promise.race([interrupted, lost, work(session, controller.signal)]);
    } finally {
      await session.close();
    }
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
