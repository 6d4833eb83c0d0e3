import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';

/**
 * Runs a command's work and makes sure that `close` runs: after success, after failure, and on
 * Ctrl-C or SIGTERM, so that no process is left behind. A second Ctrl-C ends at once.
 */
export async function runUntilInterrupted<T>(
  close: () => Promise<void>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const interrupted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => {
      reject(
        new CommandError(
          CommandExitCode.Interrupted,
          'interrupted; what was done is kept, and the same command goes on from there',
        ),
      );
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
    return await Promise.race([work(controller.signal), interrupted]);
  } finally {
    await close();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
