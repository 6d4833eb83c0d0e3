import { LauncherKind } from '../schemas/task-queue.ts';
import { interruptedText } from './interrupted-text.ts';
import { interruptible } from './interruptible.ts';
import { tellPendingWork } from './pending-work.ts';
import { openSession } from './session.ts';
import type { Session, SessionOptions } from './session.ts';

/**
 * Runs a command's work in a session and closes it, however the command ends.
 *
 * @throws {CommandError} with exit code 130 when it was interrupted.
 * @throws {ServerUnavailableError} when a server of this command's own cannot be kept up.
 */
export async function withSession<T>(
  options: SessionOptions,
  work: (session: Session, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return interruptible(
    async () => {
      await prepareImage(options);
      return openSession(options);
    },
    (session, signal) => {
      const lost = session.stack.givenUp.then((error) => Promise.reject(error));
      const over = new AbortController();
      void tellPendingWork(
        session,
        (text) => {
          options.output.warn(text);
        },
        over.signal,
      );
      return Promise.race([lost, work(session, signal)]).finally(() => {
        over.abort();
      });
    },
    interruptedText,
  );
}

/** Before servers start and before another command has to wait for them: a pull takes its time. */
async function prepareImage({ launcher, image, output }: SessionOptions): Promise<void> {
  if (launcher !== LauncherKind.Docker || image === undefined) return;
  const { ensureImage } = await import('./image/ensure-image.ts');
  await ensureImage(image, output);
}
