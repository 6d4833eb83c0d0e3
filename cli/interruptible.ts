import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';

/** Something that a command has opened. */
interface Closable {
  close(): Promise<void>;
}

/**
 * Opens something, works with it and closes it: after success, after failure, and on Ctrl-C or
 * SIGTERM, also while it is still being opened, so that no process is left behind. A second Ctrl-C
 * ends at once.
 *
 * @param interruptedText what is said when it was interrupted; null while it was being opened.
 * @throws {CommandError} with exit code 130 when it was interrupted.
 */
export async function interruptible<S extends Closable, T>(
  open: () => Promise<S>,
  work: (opened: S, signal: AbortSignal) => Promise<T>,
  interruptedText: (opened: S | null) => string,
): Promise<T> {
  const controller = new AbortController();
  const opened: { it: S | null } = { it: null };
  const interrupted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => {
      reject(new CommandError(CommandExitCode.Interrupted, interruptedText(opened.it)));
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
    const it = await open();
    opened.it = it;
    try {
      return await Promise.race([interrupted, work(it, controller.signal)]);
    } finally {
      await it.close();
    }
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
